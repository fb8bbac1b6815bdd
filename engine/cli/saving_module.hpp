// SPDX-License-Identifier: GPL-3.0-or-later
/// What neural-style-saving.so exports: the functions of image_file.hpp, with the libraries that they need.
/// Loading those takes a twentieth of a second, which commands that write no painting do not spend.
///
///     extern "C" const SavingModule neural_style_saving; // of the type below
#pragma once

#include "image_file.hpp"

namespace neural_style::cli {

struct SavingModule {
    decltype(&neural_style::cli::obstacle_to_encoding) obstacle_to_encoding;
    decltype(&neural_style::cli::save_painting) save_painting;
};

} // namespace neural_style::cli
