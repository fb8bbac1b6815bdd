// SPDX-License-Identifier: GPL-3.0-or-later
/// Owners for what GLib hands out.
///
///     GObjectPtr<GFile> file{g_file_new_for_path("starry-night.jpg")};
///     GStringPtr name{g_file_get_basename(file.get())};
#pragma once

#include <gio/gio.h>
#include <memory>

namespace neural_style::plugin {

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};
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

/// Owns one reference to a GObject.
template <typename Object>
using GObjectPtr = std::unique_ptr<Object, Unref>;
using GStringPtr = std::unique_ptr<char, Free>;
using GErrorPtr = std::unique_ptr<GError, FreeError>;
using GStringsPtr = std::unique_ptr<char*, FreeStrings>;
using GBytesPtr = std::unique_ptr<GBytes, UnrefBytes>;
using GMainLoopPtr = std::unique_ptr<GMainLoop, UnrefLoop>;

/// Another reference to the same object.
template <typename Object>
GObjectPtr<Object> shared(Object* object) {
    return GObjectPtr<Object>(object ? static_cast<Object*>(g_object_ref(object)) : nullptr);
}

} // namespace neural_style::plugin
