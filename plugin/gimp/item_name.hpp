// SPDX-License-Identifier: GPL-3.0-or-later
/// Names of GIMP's items and images, for people. Deleted ones have none.
///
///     show(item_name(GIMP_ITEM(layer)));
#pragma once

#include "glib_pointers.hpp"

#include <libgimp/gimp.h>
#include <string>

namespace neural_style::plugin {

/// Empty if the item no longer exists: GIMP's functions then return NULL, and GIMP itself shows an error.
inline std::string item_name(GimpItem* item) {
    const GStringPointer name(gimp_item_is_valid(item) ? gimp_item_get_name(item) : nullptr);
    return name ? name.get() : "";
}

inline std::string image_name(GimpImage* image) {
    const GStringPointer name(gimp_image_is_valid(image) ? gimp_image_get_name(image) : nullptr);
    return name ? name.get() : "";
}

} // namespace neural_style::plugin
