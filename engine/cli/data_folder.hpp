// SPDX-License-Identifier: GPL-3.0-or-later
/// Where the program finds what was installed with it.
#pragma once

#include <filesystem>

namespace neural_style::cli {

/// The folder with models/, styles/ and presets/: $NEURAL_STYLE_DATA, or beside the program, or in share/ of
/// its prefix, or where the build was told to install it.
std::filesystem::path data_folder();

/// The folder with the translations.
std::filesystem::path locale_folder();

} // namespace neural_style::cli
