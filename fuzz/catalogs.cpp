// SPDX-License-Identifier: GPL-3.0-or-later
/// The lists of styles and presets in a data folder, and presets that others made. The first byte says which.
#include "preset_catalog.hpp"
#include "presets.hpp"
#include "promise.hpp"
#include "style_catalog.hpp"

#include <filesystem>
#include <fstream>
#include <stdlib.h>

using namespace neural_style;

namespace {

/// Of this process; in memory where there is such a file system.
const std::filesystem::path& folder() {
    static const std::filesystem::path made = [] {
        std::string name = std::filesystem::exists("/dev/shm") ? "/dev/shm/neural-style-fuzz-XXXXXX"
                                                               : "/tmp/neural-style-fuzz-XXXXXX";
        fuzz::promise(mkdtemp(name.data()) != nullptr);
        std::atexit([] { std::filesystem::remove_all(folder()); });
        return std::filesystem::path(name);
    }();
    return made;
}

void write(const std::filesystem::path& name, std::string_view text) {
    std::ofstream(folder() / name, std::ios::binary) << text;
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    folder();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] == 's') {
        write("catalog.json", text);
        if (const auto styles = StyleCatalog::read(folder()); fuzz::is_taken_or_told(styles))
            for (const auto& style : styles->styles())
                fuzz::promise(!is_file_name(style.name) && style.file.parent_path() == folder() &&
                              styles->find(style.name) && !display_title(style).empty());
    } else if (data[0] == 'p') {
        write("catalog.json", text);
        if (const auto presets = PresetCatalog::read(folder()); fuzz::is_taken_or_told(presets))
            for (const auto& preset : presets->presets())
                fuzz::is_taken_or_told(plugin::chosen_preset(preset));
    } else {
        write(std::string("mine") + plugin::Presets::ending, text);
        fuzz::is_taken_or_told(plugin::Presets(folder()).read("mine"));
    }
    return 0;
}
