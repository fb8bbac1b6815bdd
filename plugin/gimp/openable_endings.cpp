// SPDX-License-Identifier: GPL-3.0-or-later
#include "openable_endings.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <libgimp/gimp.h>
#include <string_view>
#include <utility>

namespace neural_style::plugin {
namespace {

/// Loaders that GIMP's plug-ins register anew at each start, if their codecs are there; pluginrc lacks them.
constexpr std::pair<const char*, std::string_view> registered_at_start[] = {
    {"file-heif-load", "heif"},
    {"file-heif-load", "heic"},
    {"file-heif-av1-load", "avif"},
    {"file-heif-hej2-load", "hej2"},
};

bool is_space(char c) {
    return std::isspace(static_cast<unsigned char>(c));
}

} // namespace

// libgimp has no query for the endings of a loader. In GIMP's file each loader has:
//     (load-proc
//         (extensions "jpg,jpeg,jpe")
std::vector<std::string> endings_in(std::string_view pluginrc) {
    constexpr std::string_view loader = "(load-proc", extensions = "(extensions \"";
    std::vector<std::string> endings;
    for (auto at = pluginrc.find(loader); at != pluginrc.npos; at = pluginrc.find(loader, at)) {
        at += loader.size();
        while (at < pluginrc.size() && is_space(pluginrc[at]))
            ++at;
        if (!pluginrc.substr(at).starts_with(extensions))
            continue;
        at += extensions.size();
        std::string ending;
        for (; at < pluginrc.size(); ++at) {
            const char c = pluginrc[at];
            const bool ends = c == ',' || c == '"';
            if (ends && !ending.empty())
                endings.push_back(std::exchange(ending, {}));
            else if (!ends && !is_space(c))
                ending += char(std::tolower(static_cast<unsigned char>(c)));
            if (c == '"')
                break;
        }
    }
    std::ranges::sort(endings);
    endings.erase(std::ranges::unique(endings).begin(), endings.end());
    return endings;
}

std::vector<std::string> openable_endings() {
    std::ifstream file(std::filesystem::path(gimp_directory()) / "pluginrc", std::ios::binary);
    auto endings = endings_in(std::string(std::istreambuf_iterator<char>(file), {}));
    if (endings.empty())
        return endings;
    endings.emplace_back("xcf"); // which GIMP opens without a plug-in
    for (const auto& [procedure, ending] : registered_at_start)
        if (gimp_pdb_procedure_exists(gimp_get_pdb(), procedure))
            endings.emplace_back(ending);
    std::ranges::sort(endings);
    endings.erase(std::ranges::unique(endings).begin(), endings.end());
    return endings;
}

} // namespace neural_style::plugin
