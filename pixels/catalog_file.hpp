// SPDX-License-Identifier: GPL-3.0-or-later
/// The files bundled in one folder, as listed in its `catalog.json`.
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

/// The objects in the list; nothing if the file is missing or not a list.
std::optional<std::vector<nlohmann::json>> catalog_entries(const std::filesystem::path& folder);

/// Empty if there is no such text.
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
