// SPDX-License-Identifier: GPL-3.0-or-later
/// Owns one reference of a GObject.
///
///     GObjectPointer<GeglBuffer> buffer(gegl_buffer_new(&extent, format));
///     gegl_buffer_get_format(buffer.get());
#pragma once

#include <glib-object.h>
#include <memory>

namespace neural_style {

struct GObjectUnref {
    void operator()(void* object) const { g_object_unref(object); }
};

template <typename Object>
using GObjectPointer = std::unique_ptr<Object, GObjectUnref>;

} // namespace neural_style
