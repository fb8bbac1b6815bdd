// SPDX-License-Identifier: GPL-3.0-or-later
#include "film_module.hpp"

extern "C" [[gnu::visibility("default")]] const neural_style::FilmModule neural_style_film{
    neural_style::find_shots, neural_style::paint_film};
