// SPDX-License-Identifier: GPL-3.0-or-later
/// Translated text for users: `_("text")`, and `sentence(_("{} is empty."), name)` with values, which are
/// made harmless.
#pragma once

#include <neural_style/formatted.hpp>
#include <neural_style/plain_text.hpp>

#include <libintl.h>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace neural_style {

/// The translation of `text`, which must be a literal for xgettext to find it.
inline const char* _(const char* text) {
    return dgettext(GETTEXT_DOMAIN, text);
}

/// The same for a text that depends on a count.
inline const char* ngettext_(const char* one, const char* many, unsigned long count) {
    return dngettext(GETTEXT_DOMAIN, one, many, count);
}

/// A value of a sentence: texts on one line and without control characters, whoever they are from.
template <typename Value>
decltype(auto) harmless(const Value& value) {
    if constexpr (std::is_convertible_v<const Value&, std::string_view>)
        return plain_line(value);
    else
        return (value);
}

/// Fills in a translated format. A translation with broken braces is shown as is instead of failing.
template <typename... Values>
std::string sentence(std::string_view format, const Values&... values) {
    const std::tuple<decltype(harmless(values))...> shown(harmless(values)...);
    try {
        return std::apply(
            [&](const auto&... value) { return filled_in(format, std::make_format_args(value...)); }, shown);
    } catch (const std::format_error&) {
        return std::string(format);
    }
}

/// A label without what marks its letter for the keyboard: "_Quality", "品質(_Q)".
inline std::string without_mnemonic(std::string label) {
    if (const auto mark = label.find("(_"); mark != std::string::npos)
        label.erase(mark, std::string_view("(_Q)").size());
    std::erase(label, '_');
    return label;
}

} // namespace neural_style
