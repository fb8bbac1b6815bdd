// SPDX-License-Identifier: GPL-3.0-or-later
/// A setting's value as a text, as on a command line, and back.
///
///     const auto weights = value_in<std::vector<double>>("2, 1");
///     std::cout << text_of(*weights); // 2,1
#pragma once

#include "neural_style/settings.hpp"

#include <neural_style/formatted.hpp>

#include <charconv>
#include <cmath>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace neural_style {

inline std::string text_of(const std::string& name) {
    return name;
}
inline std::string text_of(bool flag) {
    return flag ? "true" : "false";
}
/// Exact: it comes back as it was.
template <typename Number>
requires std::integral<Number> || std::floating_point<Number> std::string text_of(Number number) {
    return formatted("{}", number);
}
template <typename Choice>
requires std::is_enum_v<Choice> std::string text_of(Choice choice) {
    return std::string(name_of(choice));
}
inline std::string text_of(const std::optional<int>& number) {
    return number ? text_of(*number) : "";
}
template <typename Element>
std::string text_of(const std::vector<Element>& list) {
    std::string text;
    for (const auto& element : list)
        text += (text.empty() ? "" : ",") + text_of(element);
    return text;
}

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    if constexpr (std::is_floating_point_v<Number>)
        if (!std::isfinite(number))
            return std::nullopt;
    return number;
}

/// The non-empty parts between commas, without surrounding blanks.
inline std::vector<std::string> parts_in(std::string_view text) {
    std::vector<std::string> parts;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t comma = std::min(text.find(',', start), text.size());
        const auto part = text.substr(start, comma - start);
        if (const auto first = part.find_first_not_of(" \t\r\n"); first != part.npos)
            parts.emplace_back(part.substr(first, part.find_last_not_of(" \t\r\n") + 1 - first));
        start = comma + 1;
    }
    return parts;
}

/// Nothing if the text is not such a value. `check` checks ranges.
template <typename Value>
std::optional<Value> value_in(std::string_view text) {
    if constexpr (std::same_as<Value, std::string>) {
        return std::string(text);
    } else if constexpr (std::same_as<Value, bool>) {
        return text == "true" || text == "false" ? std::optional(text == "true") : std::nullopt;
    } else if constexpr (std::is_enum_v<Value>) {
        return choice_named<Value>(text);
    } else if constexpr (std::same_as<Value, std::optional<int>>) {
        const auto number = number_in<int>(text);
        return number ? std::optional<Value>(number) : std::nullopt;
    } else if constexpr (std::same_as<Value, std::vector<std::string>>) {
        return parts_in(text);
    } else if constexpr (std::same_as<Value, std::vector<double>>) {
        std::vector<double> numbers;
        for (const auto& part : parts_in(text)) {
            const auto number = number_in<double>(part);
            if (!number)
                return std::nullopt;
            numbers.push_back(*number);
        }
        return numbers;
    } else {
        return number_in<Value>(text);
    }
}

} // namespace neural_style
