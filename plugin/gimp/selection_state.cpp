// SPDX-License-Identifier: GPL-3.0-or-later
#include "selection_state.hpp"

#include "seen_drawables.hpp"

#include <neural_style/formatted.hpp>

namespace neural_style::plugin {

std::string selection_state(GimpImage* image, GimpLayer* layer) {
    /// Fine enough for changes by hand, and a few kilobytes.
    constexpr int side = 128;
    int x = 0, y = 0;
    gimp_drawable_get_offsets(GIMP_DRAWABLE(layer), &x, &y);
    GimpLayerMask* mask = gimp_layer_get_apply_mask(layer) ? gimp_layer_get_mask(layer) : nullptr;
    std::string state =
        formatted("{} {} {} {} {} {}", x, y, gimp_drawable_get_width(GIMP_DRAWABLE(layer)),
                  gimp_drawable_get_height(GIMP_DRAWABLE(layer)),
                  mask ? gimp_item_get_id(GIMP_ITEM(mask)) : 0, int(gimp_image_get_base_type(image)));
    if (has_effects(GIMP_DRAWABLE(layer)))
        state += " " + appearance(GIMP_DRAWABLE(layer));
    gboolean selected = FALSE;
    int left = 0, top = 0, right = 0, bottom = 0;
    if (!gimp_selection_bounds(image, &selected, &left, &top, &right, &bottom) || !selected)
        return state;
    int width = 0, height = 0, channels = 0;
    GBytes* small = gimp_drawable_get_thumbnail_data(GIMP_DRAWABLE(gimp_image_get_selection(image)), side,
                                                     side, &width, &height, &channels);
    state += formatted(" {} {} {} {} {}", left, top, right, bottom, small ? g_bytes_hash(small) : 0u);
    if (small)
        g_bytes_unref(small);
    return state;
}

std::string drawables_state(const std::vector<int>& ids) {
    std::string state;
    for (const int id : ids) {
        GimpDrawable* drawable = gimp_item_id_is_drawable(id) ? gimp_drawable_get_by_id(id) : nullptr;
        if (!drawable)
            continue;
        int x = 0, y = 0;
        gimp_drawable_get_offsets(drawable, &x, &y);
        state += formatted("{} {} {} {}\n", id, x, y, appearance(drawable));
    }
    return state;
}

} // namespace neural_style::plugin
