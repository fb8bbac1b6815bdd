// SPDX-License-Identifier: GPL-3.0-or-later
/// What neural-style-film.so exports: the functions of film.hpp, with OpenCV.
///
///     extern "C" const FilmModule neural_style_film; // of the type below
#pragma once

#include "film.hpp"

namespace neural_style {

struct FilmModule {
    decltype(&neural_style::find_shots) find_shots;
    decltype(&neural_style::paint_film) paint_film;
};

} // namespace neural_style
