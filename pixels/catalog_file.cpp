// SPDX-License-Identifier: GPL-3.0-or-later
#include "catalog_file.hpp"

#include <fstream>
#include <utility>

namespace neural_style {

std::optional<std::vector<nlohmann::json>> catalog_entries(const std::filesystem::path& folder) {
    std::ifstream file(folder / "catalog.json", std::ios::binary);
    auto list = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
    if (!file || !list.is_array())
        return std::nullopt;
    std::vector<nlohmann::json> entries;
    for (auto& entry : list)
        if (entry.is_object())
            entries.push_back(std::move(entry));
    return entries;
}

std::string string_at(const nlohmann::json& entry, const char* key) {
    const auto found = entry.find(key);
    return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
}

} // namespace neural_style
