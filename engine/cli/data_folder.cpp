// SPDX-License-Identifier: GPL-3.0-or-later
#include "data_folder.hpp"

#include <neural_style/data_folder.hpp>

#include <cstdlib>
#include <system_error>

namespace neural_style::cli {

namespace fs = std::filesystem;

fs::path data_folder() {
    return neural_style::data_folder(std::getenv("NEURAL_STYLE_DATA"));
}

fs::path locale_folder() {
    const fs::path beside = program_folder() / "../share/locale";
    std::error_code ignored;
    return fs::is_directory(beside, ignored) ? beside : fs::path(NEURAL_STYLE_LOCALE_DIR);
}

} // namespace neural_style::cli
