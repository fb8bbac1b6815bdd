// SPDX-License-Identifier: GPL-3.0-or-later
/// How wide a text is on a terminal.
///
///     const std::string pad(std::size_t(20 - columns_of(plain_line(name))), ' ');
#pragma once

#include <glib.h>
#include <string>

namespace neural_style::cli {

/// Of a text in UTF-8: translations and names may contain wide letters.
inline int columns_of(const std::string& text) {
    int columns = 0;
    for (const char* letter = text.c_str(); *letter; letter = g_utf8_next_char(letter))
        columns += g_unichar_iszerowidth(g_utf8_get_char(letter)) ? 0
                   : g_unichar_iswide(g_utf8_get_char(letter))    ? 2
                                                                  : 1;
    return columns;
}

} // namespace neural_style::cli
