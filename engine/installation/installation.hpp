// SPDX-License-Identifier: GPL-3.0-or-later
/// Where a program finds what was installed with it.
///
///     OpenOptions options;
///     open_from(data_folder(), options);
///     auto engine = Engine::open(options);
#pragma once

#include <neural_style/engine.hpp>

#include <filesystem>

namespace neural_style {

/// The folder of the running program; empty where the kernel does not tell.
std::filesystem::path program_folder();

/// The folder with models/, styles/ and presets/: $NEURAL_STYLE_DATA where that is set, else the first that
/// exists of data/ beside the program (an unpacked archive) and share/neural-style of its prefix (installed),
/// else where the build was told to install it.
std::filesystem::path data_folder();

/// The folder with the command line's translations.
std::filesystem::path locale_folder();

/// Names the files of a data folder where the options name none. Encoder and decoder belong together: who
/// names one of them names both, or means the decoder of `feature_network`.
void open_from(const std::filesystem::path& data, OpenOptions& options);

} // namespace neural_style
