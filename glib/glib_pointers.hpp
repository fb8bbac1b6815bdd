// SPDX-License-Identifier: GPL-3.0-or-later
/// Owners for GLib's non-GObject results (for GObjects: gobject_pointer.hpp).
///
///     GStringPointer name{g_file_get_basename(file.get())};
#pragma once

#include "gobject_pointer.hpp"

#include <gio/gio.h>
#include <memory>

namespace neural_style {

struct Free {
    void operator()(void* memory) const { g_free(memory); }
};
struct FreeError {
    void operator()(GError* error) const { g_error_free(error); }
};
struct FreeStrings {
    void operator()(char** strings) const { g_strfreev(strings); }
};
struct UnrefBytes {
    void operator()(GBytes* bytes) const { g_bytes_unref(bytes); }
};
struct UnrefLoop {
    void operator()(GMainLoop* loop) const { g_main_loop_unref(loop); }
};

using GStringPointer = std::unique_ptr<char, Free>;
using GErrorPointer = std::unique_ptr<GError, FreeError>;
using GStringsPointer = std::unique_ptr<char*, FreeStrings>;
using GBytesPointer = std::unique_ptr<GBytes, UnrefBytes>;
using GMainLoopPointer = std::unique_ptr<GMainLoop, UnrefLoop>;

} // namespace neural_style
