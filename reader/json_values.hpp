// SPDX-License-Identifier: GPL-3.0-or-later
/// Values in the JSON of a program that hostile files may have taken over.
///
///     const int width = whole<int>(json.at("width"));
///     const Reason reason = one_of(json.at("reason"), Reason::complex_numbers);
#pragma once

#include <nlohmann/json.hpp>
#include <utility>

namespace neural_style::reader {

/// 0 if it does not fit. Throws nlohmann::json's own exception if it is no whole number; that library itself
/// would convert 1e300, which the language leaves open.
template <typename Integer>
Integer whole(const nlohmann::json& json) {
    const auto value = json.get_ref<const nlohmann::json::number_integer_t&>();
    return std::in_range<Integer>(value) ? Integer(value) : Integer{};
}

/// The first if there is none of that number. `last`: the last that there is. Throws like `whole`.
template <typename Enum>
Enum one_of(const nlohmann::json& json, Enum last) {
    const int number = whole<int>(json);
    return number >= 0 && number <= int(last) ? Enum(number) : Enum{};
}

} // namespace neural_style::reader
