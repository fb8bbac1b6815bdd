// SPDX-License-Identifier: GPL-3.0-or-later
/// Where a program of the engine finds what was installed with it.
///
///     OpenOptions options;
///     open_from(data_folder(std::getenv("NEURAL_STYLE_DATA")), options);
///     auto engine = Engine::open(options);
#pragma once

#include "neural_style/engine.hpp"

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

/// Names the files of a data folder where the options name none. Encoder and decoder belong together: who
/// names one of them names both, or means the decoder of `backbone`.
inline void open_from(const std::filesystem::path& data, OpenOptions& options) {
    if (options.encoder.empty() && options.decoder.empty()) {
        options.encoder = data / "models" / "encoder.safetensors";
        options.decoder = data / "models" / "decoder.safetensors";
    }
    if (options.backbone.empty())
        options.backbone = data / "models" / "painter.safetensors";
    if (options.models.empty())
        options.models = data / "models";
    if (options.styles.empty())
        options.styles = data / "styles";
}

} // namespace neural_style
