// SPDX-License-Identifier: GPL-3.0-or-later
/// Whether the files that something was painted from are still the same.
#pragma once

#include "sha256.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>

namespace neural_style::cli {

/// SHA-256 of each; empty names stay empty.
inline nlohmann::ordered_json digests_of(std::span<const std::filesystem::path> files) {
    auto digests = nlohmann::ordered_json::array();
    for (const auto& file : files)
        digests.push_back(file.empty() ? "" : sha256_of(file).value_or("unreadable"));
    return digests;
}

} // namespace neural_style::cli
