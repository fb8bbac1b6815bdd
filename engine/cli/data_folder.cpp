// SPDX-License-Identifier: GPL-3.0-or-later
#include "data_folder.hpp"

#include <cstdlib>

namespace neural_style::cli {

namespace fs = std::filesystem;

namespace {

fs::path program_folder() {
    std::error_code error;
    return fs::read_symlink("/proc/self/exe", error).parent_path();
}

bool is_folder(const fs::path& path) {
    std::error_code error;
    return fs::is_directory(path, error);
}

} // namespace

fs::path data_folder() {
    if (const char* given = std::getenv("NEURAL_STYLE_DATA"); given && *given)
        return given;
    for (const fs::path& folder : {program_folder() / "data", program_folder() / "../share/neural-style"})
        if (is_folder(folder / "models"))
            return folder;
    return NEURAL_STYLE_DATA_DIR;
}

fs::path locale_folder() {
    const fs::path beside = program_folder() / "../share/locale";
    return is_folder(beside) ? beside : fs::path(NEURAL_STYLE_LOCALE_DIR);
}

} // namespace neural_style::cli
