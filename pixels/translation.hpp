// SPDX-License-Identifier: GPL-3.0-or-later
/// Translated text for users: `_("text")`, and `sentence(_("{} is empty."), name)` with values.
#pragma once

#include <format>
#include <libintl.h>
#include <string>
#include <string_view>

namespace neural_style {

/// The translation of `text`, which must be a literal for xgettext to find it.
inline const char* _(const char* text) {
    return dgettext(GETTEXT_DOMAIN, text);
}

/// The same for a text that depends on a count.
inline const char* ngettext_(const char* one, const char* many, unsigned long count) {
    return dngettext(GETTEXT_DOMAIN, one, many, count);
}

/// Fills in a translated format. A translation with broken braces is shown as is instead of failing.
template <typename... Values>
std::string sentence(std::string_view format, const Values&... values) {
    try {
        return std::vformat(format, std::make_format_args(values...));
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
