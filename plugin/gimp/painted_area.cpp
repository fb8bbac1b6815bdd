// SPDX-License-Identifier: GPL-3.0-or-later
#include "painted_area.hpp"

#include "gimp_host.hpp"

#include <format>

namespace neural_style::plugin {

Area painted_area(GimpImage* image, GimpLayer* layer) {
    GimpDrawable* drawable = GIMP_DRAWABLE(layer);
    const Area whole{0, 0, gimp_drawable_get_width(drawable), gimp_drawable_get_height(drawable)};
    if (gimp_selection_is_empty(image))
        return whole;
    Area selected;
    if (!gimp_drawable_mask_intersect(drawable, &selected.x, &selected.y, &selected.width, &selected.height))
        return {};
    return with_context(selected, whole.width, whole.height);
}

std::string selection_state(GimpImage* image, GimpLayer* layer) {
    /// Fine enough for changes by hand, and a few kilobytes.
    constexpr int side = 128;
    int x = 0, y = 0;
    gimp_drawable_get_offsets(GIMP_DRAWABLE(layer), &x, &y);
    GimpLayerMask* mask = gimp_layer_get_apply_mask(layer) ? gimp_layer_get_mask(layer) : nullptr;
    std::string state = std::format("{} {} {} {} {}", x, y, gimp_drawable_get_width(GIMP_DRAWABLE(layer)),
                                    gimp_drawable_get_height(GIMP_DRAWABLE(layer)),
                                    mask ? gimp_item_get_id(GIMP_ITEM(mask)) : 0);
    gboolean selected = FALSE;
    int left = 0, top = 0, right = 0, bottom = 0;
    if (!gimp_selection_bounds(image, &selected, &left, &top, &right, &bottom) || !selected)
        return state;
    int width = 0, height = 0, channels = 0;
    GBytes* small = gimp_drawable_get_thumbnail_data(GIMP_DRAWABLE(gimp_image_get_selection(image)), side,
                                                     side, &width, &height, &channels);
    state += std::format(" {} {} {} {} {}", left, top, right, bottom, small ? g_bytes_hash(small) : 0u);
    if (small)
        g_bytes_unref(small);
    return state;
}

} // namespace neural_style::plugin
