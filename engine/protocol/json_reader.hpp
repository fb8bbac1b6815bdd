// SPDX-License-Identifier: GPL-3.0-or-later
/// Parses JSON from outside, within limits.
///
///     std::expected<nlohmann::json, std::string> head = json_object(R"({"id": 1})");
#pragma once

#include <expected>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace neural_style::protocol {

/// Deepest nesting that is accepted; messages need four.
inline constexpr int json_depth_max = 8;

/// The object in `text`, or what is wrong with it as half a sentence: more than 64 KiB, nested deeper than
/// `json_depth_max`, not JSON in UTF-8, not an object.
std::expected<nlohmann::json, std::string> json_object(std::string_view text);

} // namespace neural_style::protocol
