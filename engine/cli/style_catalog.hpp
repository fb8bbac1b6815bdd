// SPDX-License-Identifier: GPL-3.0-or-later
/// The paintings that come with the program.
///
///     auto styles = bundled_styles(data_folder());
#pragma once

#include <neural_style/error.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace neural_style::cli {

struct BundledStyle {
    std::string name; ///< what `--style` takes
    std::filesystem::path file;
    std::string title;
    std::string painter;
    std::string year;
};

/// Reads styles/catalog.json. Errors: bad_picture when it is missing or not a catalogue.
Result<std::vector<BundledStyle>> bundled_styles(const std::filesystem::path& data);

/// The file that `--style` means: a file where one of that name exists, a bundled style otherwise.
/// Errors: bad_picture, with the names there are.
Result<std::filesystem::path> style_file(const std::string& style, const std::filesystem::path& data);

} // namespace neural_style::cli
