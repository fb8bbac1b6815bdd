// SPDX-License-Identifier: GPL-3.0-or-later
/// What comes with the program in one folder, as `catalog.json` there lists it.
///
///     if (const auto entries = catalog_entries(data / "styles"))
///         for (const auto& entry : *entries)
///             use(string_at(entry, "name"));
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace neural_style {

/// The objects in the list; nothing where the file is missing or not a list.
std::optional<std::vector<nlohmann::json>> catalog_entries(const std::filesystem::path& folder);

/// Empty where there is no such text.
std::string string_at(const nlohmann::json& entry, const char* key);

/// For a sentence: "starry-night, waves".
template <typename Entry>
std::string names_in(const std::vector<Entry>& entries) {
    std::string joined;
    for (const auto& entry : entries)
        joined += (joined.empty() ? "" : ", ") + entry.name;
    return joined;
}

} // namespace neural_style
