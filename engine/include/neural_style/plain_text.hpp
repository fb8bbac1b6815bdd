// SPDX-License-Identifier: GPL-3.0-or-later
/// Text from elsewhere made harmless: what files, other programs and other computers say may contain
/// sequences that move a terminal's cursor, letters that turn the rest around, or megabytes.
///
///     std::cerr << plain_line(title, title_bytes_max) << '\n';
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace neural_style {

/// Enough for a sentence with a few long paths, and for a text of many lines.
inline constexpr std::size_t line_bytes_max = 16384, text_bytes_max = 262144;
/// Of what stands in lists.
inline constexpr std::size_t title_bytes_max = 120;

/// The letter that a text begins with, and how many bytes it takes.
struct Letter {
    char32_t code = 0;
    std::size_t bytes = 1;
};

/// `text` is not empty. A byte that does not begin a letter of UTF-8 (RFC 3629) is U+FFFD.
inline Letter first_letter(std::string_view text) {
    constexpr Letter none{U'�'};
    const auto byte = [&](std::size_t i) { return i < text.size() ? std::uint8_t(text[i]) : 0u; };
    const auto lead = byte(0);
    if (lead < 0x80)
        return {lead};
    const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4)
        return none;
    char32_t code = lead & (0x7fu >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((byte(i) & 0xc0) != 0x80)
            return none;
        code = code << 6 | (byte(i) & 0x3f);
    }
    constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    if (code < least[bytes] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return none;
    return {code, bytes};
}

/// Whether a letter does something instead of being seen: control characters, ends of lines and
/// paragraphs, and what changes the direction of writing (Unicode Standard Annex 9).
constexpr bool acts(char32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e ||
           code == 0x200f || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
           code == 0xfeff;
}

/// The text as UTF-8 with every letter that acts replaced: ends of lines and tabs by blanks, other control
/// characters by their pictures (U+2400 and on), the rest and what is not UTF-8 by U+FFFD. What is longer
/// than `bytes_max` is cut and ends in "…". A plain text stays what it is. `keeps_lines`: ends of lines and
/// tabs stay.
inline std::string plain(std::string_view text, std::size_t bytes_max, bool keeps_lines) {
    constexpr std::string_view more = "…", replaced = "�";
    std::string result;
    std::size_t whole = 0; // of `result`, up to where it may be cut
    while (!text.empty()) {
        const auto [code, bytes] = first_letter(text);
        const bool space = code == '\n' || code == '\t' || code == '\r';
        if (space && !(keeps_lines && code != '\r'))
            result += ' ';
        else if (space || (!acts(code) && code != U'�'))
            result += text.substr(0, bytes);
        else if (code < 0x20 || code == 0x7f)
            result += {'\xe2', '\x90', char(code == 0x7f ? 0xa1 : 0x80 + code)};
        else
            result += replaced;
        text.remove_prefix(bytes);
        if (result.size() > bytes_max)
            return result.substr(0, whole) + std::string(bytes_max < more.size() ? "" : more);
        if (result.size() + more.size() <= bytes_max)
            whole = result.size();
    }
    return result;
}

/// On one line.
inline std::string plain_line(std::string_view text, std::size_t bytes_max = line_bytes_max) {
    return plain(text, bytes_max, false);
}

/// On as many lines as it has.
inline std::string plain_text(std::string_view text, std::size_t bytes_max = text_bytes_max) {
    return plain(text, bytes_max, true);
}

} // namespace neural_style
