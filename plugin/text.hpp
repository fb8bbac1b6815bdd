// SPDX-License-Identifier: GPL-3.0-or-later
/// Text for users: translated, with values filled in.
///
///     return failure(ErrorCode::bad_picture, text(_("The picture “%s” cannot be read."), name.c_str()));
///
/// libgimp has bound the text domain before any code of the plug-in runs.
#pragma once

#include <glib.h>
#include <libintl.h>
#include <string>

#define _(message) gettext(message)
/// Marks a message for xgettext where it cannot be translated yet.
#define N_(message) (message)

namespace neural_style::plugin {

/// printf with a std::string; the format may be a translation.
inline std::string G_GNUC_PRINTF(1, 2) text(const char* format, ...) {
    va_list values;
    va_start(values, format);
    char* joined = g_strdup_vprintf(format, values);
    va_end(values);
    std::string result(joined);
    g_free(joined);
    return result;
}

} // namespace neural_style::plugin
