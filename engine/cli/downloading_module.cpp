// SPDX-License-Identifier: GPL-3.0-or-later
#include "downloading_module.hpp"

extern "C" [[gnu::visibility("default")]] const neural_style::cli::DownloadingModule neural_style_downloading{
    neural_style::cli::download};
