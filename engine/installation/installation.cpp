// SPDX-License-Identifier: GPL-3.0-or-later
#include "installation.hpp"

#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>
#include <functional>
#include <system_error>

namespace neural_style {

namespace fs = std::filesystem;

namespace {

// XDG Base Directory Specification, where relative paths are invalid.
fs::path user_folder(const char* variable, const char* in_home) {
    if (const char* folder = std::getenv(variable); folder && fs::path(folder).is_absolute())
        return folder;
    const char* const home = std::getenv("HOME");
    return home && *home ? fs::path(home) / in_home : fs::path();
}

fs::path variable_or(const char* variable, const fs::path& usual) {
    const char* const value = std::getenv(variable);
    return value && *value ? fs::path(value) : usual;
}

/// Where the variable says, else in libexec/ of the programs' prefix or beside them, else where it was
/// installed.
fs::path program(const char* name, const char* variable, const fs::path& programs) {
    if (const char* wanted = std::getenv(variable); wanted && *wanted)
        return wanted;
    std::error_code ignored;
    for (const auto& folder : {(programs / "../libexec/neural-style").lexically_normal(), programs})
        if (fs::is_regular_file(folder / name, ignored))
            return folder / name;
    return fs::path(NEURAL_STYLE_LIBEXEC_DIR) / name;
}

} // namespace

fs::path program_folder() {
    std::error_code ignored;
    return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

fs::path library_programs_folder(const void* code) {
    Dl_info info{};
    if (dladdr(code, &info) != 0 && info.dli_fname) {
        std::error_code ignored;
        const auto library = fs::weakly_canonical(info.dli_fname, ignored).parent_path();
        for (const auto& folder : {library, (library / "../../bin").lexically_normal()})
            if (fs::is_regular_file(folder / "neural-style-engine", ignored))
                return folder;
    }
    return NEURAL_STYLE_BIN_DIR;
}

fs::path data_folder(const fs::path& programs) {
    if (const char* wanted = std::getenv("NEURAL_STYLE_DATA"); wanted && *wanted)
        return wanted;
    std::error_code ignored;
    for (const auto& folder : {programs / "data", programs / "../share/neural-style"})
        if (fs::is_directory(folder / "models", ignored))
            return folder;
    return NEURAL_STYLE_DATA_DIR;
}

fs::path reader_program(const fs::path& programs) {
    return program("neural-style-reader", "NEURAL_STYLE_READER", programs);
}

fs::path film_files_program() {
    return program("neural-style-film-files", "NEURAL_STYLE_FILM_FILES", program_folder());
}

fs::path locale_folder(const fs::path& programs) {
    std::error_code ignored;
    for (const auto& folder : {programs / "locale", programs / "../share/locale"})
        if (fs::is_directory(folder, ignored))
            return folder;
    return NEURAL_STYLE_LOCALE_DIR;
}

std::string engine_command_from_flatpak() {
    std::error_code ignored; // `flatpak run` makes both
    const char* const application = std::getenv("FLATPAK_ID");
    return (application && *application) || fs::exists("/.flatpak-info", ignored)
               ? "flatpak-spawn --host neural-style-engine"
               : "";
}

fs::path user_networks_folder() {
    const auto data = user_folder("XDG_DATA_HOME", ".local/share");
    return data.empty() ? data : data / "neural-style/networks";
}

std::vector<fs::path> user_styles_folders() {
    constexpr const char* in_profile = "neural-style/styles";
    if (const char* profile = std::getenv("GIMP3_DIRECTORY"); profile && *profile)
        return {fs::path(profile) / in_profile};
    std::vector<fs::path> folders;
    std::error_code failed;
    for (const auto& profile :
         fs::directory_iterator(user_folder("XDG_CONFIG_HOME", ".config") / "GIMP", failed))
        if (profile.path().filename().string().starts_with("3."))
            folders.push_back(profile.path() / in_profile);
    std::ranges::sort(folders, std::ranges::greater());
    return folders;
}

fs::path user_downloads_folder() {
    const auto cache = user_folder("XDG_CACHE_HOME", ".cache");
    return cache.empty() ? cache : cache / "neural-style";
}

// CUDA C++ Programming Guide, "CUDA Environment Variables"; CUDA Multi-Process Service, "Environment
// Variables".
std::vector<fs::path> graphics_driver_folders() {
    const auto compiled = variable_or("CUDA_CACHE_PATH", variable_or("HOME", "/") / ".nv/ComputeCache");
    std::error_code ignored;
    // NVIDIA's driver; the same in WSL; on Jetsons.
    for (const char* card : {"/dev/nvidiactl", "/dev/dxg", "/dev/nvhost-ctrl-gpu", "/dev/nvgpu"})
        if (!compiled.empty() && fs::exists(card, ignored))
            fs::create_directories(compiled, ignored);
    return {compiled, variable_or("CUDA_MPS_PIPE_DIRECTORY", "/tmp/nvidia-mps")};
}

std::vector<fs::path> passing_folders() {
    const auto cache = user_folder("XDG_CACHE_HOME", ".cache");
    std::error_code ignored;
    if (!cache.empty())
        fs::create_directories(cache, ignored);
    return {variable_or("TMPDIR", "/tmp"), cache};
}

void open_from(const fs::path& data, OpenOptions& options) {
    if (options.encoder.empty() && options.decoder.empty()) {
        options.encoder = data / "models" / "encoder.safetensors";
        options.decoder = data / "models" / "decoder.safetensors";
    }
    if (options.feature_network.empty())
        options.feature_network = data / "models" / "painter.safetensors";
    if (options.trained_styles.empty())
        options.trained_styles = data / "models";
    if (options.networks.empty())
        options.networks = user_networks_folder();
    if (options.styles.empty())
        options.styles = data / "styles";
}

} // namespace neural_style
