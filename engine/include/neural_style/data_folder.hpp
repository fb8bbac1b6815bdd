// SPDX-License-Identifier: GPL-3.0-or-later
/// Where a program of the engine finds what was installed with it.
///
///     const auto data = data_folder(std::getenv("NEURAL_STYLE_DATA"));
///     auto engine = Engine::open({.backbone = data / "models" / "mini-encoder.safetensors"});
#pragma once

#include <filesystem>
#include <system_error>

namespace neural_style {

/// The folder of the running program; empty where the kernel does not tell.
inline std::filesystem::path program_folder() {
    std::error_code ignored;
    return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
}

/// The folder with models/ and styles/: `wanted` (what the environment says) when it is neither null nor
/// empty, else the first that exists of data/ beside the program (an unpacked archive) and share/neural-style
/// of its prefix (installed), else where the build was told to install it.
inline std::filesystem::path data_folder(const char* wanted) {
    if (wanted && *wanted)
        return wanted;
    std::error_code ignored;
    for (const auto& folder : {program_folder() / "data", program_folder() / "../share/neural-style"})
        if (std::filesystem::is_directory(folder / "models", ignored))
            return folder;
    return NEURAL_STYLE_DATA_DIR;
}

} // namespace neural_style
