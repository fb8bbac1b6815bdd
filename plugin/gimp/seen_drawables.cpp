// SPDX-License-Identifier: GPL-3.0-or-later
#include "seen_drawables.hpp"

#include "item_name.hpp"
#include "passing_image.hpp"
#include "translation.hpp"

#include <neural_style/formatted.hpp>

#include <cstddef>
#include <vector>

namespace neural_style::plugin {
namespace {

/// The drawable's copy in that image, its effects merged, without a mask. NULL: GIMP refused.
GimpDrawable* merged_in(const PassingImage& image, GimpDrawable* drawable, bool with_alpha) {
    GimpLayer* copy = image.inserted(drawable);
    if (!copy)
        return nullptr;
    if (gimp_layer_get_mask(copy))
        gimp_layer_remove_mask(copy, GIMP_MASK_DISCARD);
    if (gimp_item_is_group(GIMP_ITEM(copy))) // whose effects gimp_drawable_merge_filters refuses to merge
        return GIMP_DRAWABLE(gimp_group_layer_merge(GIMP_GROUP_LAYER(copy)));
    if (with_alpha)
        gimp_layer_add_alpha(copy);
    return gimp_drawable_merge_filters(GIMP_DRAWABLE(copy)) ? GIMP_DRAWABLE(copy) : nullptr;
}

bool shows_effect(GimpDrawable* drawable) {
    GimpDrawableFilter** filters = gimp_drawable_get_filters(drawable);
    bool shows = false;
    for (GimpDrawableFilter** filter = filters; filter && *filter && !shows; ++filter)
        shows = gimp_drawable_filter_get_visible(*filter);
    g_free(filters);
    return shows;
}

GimpDrawable* applied_mask(GimpDrawable* drawable) {
    if (!gimp_item_is_layer(GIMP_ITEM(drawable)))
        return nullptr;
    GimpLayer* layer = GIMP_LAYER(drawable);
    return gimp_layer_get_apply_mask(layer) ? GIMP_DRAWABLE(gimp_layer_get_mask(layer)) : nullptr;
}

std::string small_picture(GimpDrawable* drawable) {
    constexpr int side = 128; // fine enough for changes by hand, and a few kilobytes
    int width = 0, height = 0, channels = 0;
    const GBytesPointer small(
        gimp_drawable_get_thumbnail_data(drawable, side, side, &width, &height, &channels));
    return formatted(" {}", small ? g_bytes_hash(small.get()) : 0u);
}

GObjectPointer<GeglBuffer> copied(GimpDrawable* drawable) {
    const GObjectPointer<GeglBuffer> from(gimp_drawable_get_buffer(drawable));
    const GeglRectangle whole{0, 0, gimp_drawable_get_width(drawable), gimp_drawable_get_height(drawable)};
    GObjectPointer<GeglBuffer> to(gegl_buffer_new(&whole, gimp_drawable_get_format(drawable)));
    gegl_buffer_copy(from.get(), &whole, GEGL_ABYSS_NONE, to.get(), &whole);
    return to;
}

Result<void> merge_effects(SeenDrawable& seen) {
    int x = 0, y = 0;
    gimp_drawable_get_offsets(seen.drawable, &x, &y);
    const auto look = [&](bool with_alpha) {
        const PassingImage image(gimp_item_get_image(GIMP_ITEM(seen.drawable)), seen.width, seen.height);
        GimpDrawable* merged = merged_in(image, seen.drawable, with_alpha);
        if (!merged)
            return false;
        int merged_x = 0, merged_y = 0;
        gimp_drawable_get_offsets(merged, &merged_x, &merged_y);
        seen.x = merged_x - x;
        seen.y = merged_y - y;
        seen.width = gimp_drawable_get_width(merged);
        seen.height = gimp_drawable_get_height(merged);
        seen.format = gimp_drawable_get_format(merged);
        seen.copy = copied(merged);
        return true;
    };
    const int own_width = seen.width, own_height = seen.height;
    bool merged = look(/*with_alpha=*/false);
    // Without alpha GIMP would merge black around the layer, where its window shows what is below.
    if (merged && !babl_format_has_alpha(seen.format) &&
        (seen.width != own_width || seen.height != own_height))
        merged = look(/*with_alpha=*/true);
    if (merged)
        return {};
    return failure(ErrorCode::out_of_memory,
                   sentence(_("GIMP could not show the effects of “{}” to the filter: merge them with the "
                              "layer and try again."),
                            item_name(GIMP_ITEM(seen.drawable))));
}

/// The same format with alpha.
const Babl* alpha_format(const Babl* format) {
    if (babl_format_has_alpha(format))
        return format;
    std::string name = babl_format_get_encoding(format); // "R'G'B' u8"
    name.insert(name.find(' '), "A");
    return babl_format_with_space(name.c_str(), babl_format_get_space(format));
}

/// Alpha becomes the product of both.
void apply(GimpDrawable* mask, SeenDrawable& seen) {
    const Babl* format = alpha_format(seen.format);
    const std::string model = babl_get_name(babl_format_get_model(format));
    const Babl* space = babl_format_get_space(format);
    // Exact there and back for whole numbers of up to 32 bits.
    const Babl* wide = babl_format_with_space((model.substr(0, model.find('-')) + " double").c_str(), space);
    const int channels = babl_format_get_n_components(wide);
    const GeglRectangle whole{0, 0, seen.width, seen.height};
    GObjectPointer<GeglBuffer> to(gegl_buffer_new(&whole, format));
    {
        const auto from = seen.buffer();
        const GObjectPointer<GeglBuffer> cover(gimp_drawable_get_buffer(mask));
        const Babl* linear = babl_format("Y double"); // as masks are
        std::vector<double> row(std::size_t(seen.width) * channels), covers(seen.width);
        for (int y = 0; y < seen.height; ++y) {
            const GeglRectangle here{0, y, seen.width, 1}, there{seen.x, seen.y + y, seen.width, 1};
            gegl_buffer_get(from.get(), &here, 1.0, wide, row.data(), GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
            gegl_buffer_get(cover.get(), &there, 1.0, linear, covers.data(), GEGL_AUTO_ROWSTRIDE,
                            GEGL_ABYSS_NONE);
            for (int x = 0; x < seen.width; ++x)
                row[std::size_t(x + 1) * channels - 1] *= covers[x];
            gegl_buffer_set(to.get(), &here, 0, wide, row.data(), GEGL_AUTO_ROWSTRIDE);
        }
    }
    seen.copy = std::move(to);
    seen.format = format;
}

} // namespace

bool has_effects(GimpDrawable* drawable) {
    GimpItem* item = GIMP_ITEM(drawable);
    if (!gimp_item_is_layer(item))
        return false;
    if (shows_effect(drawable))
        return true;
    if (!gimp_item_is_group(item))
        return false;
    GimpItem** children = gimp_item_get_children(item);
    bool has = false;
    for (GimpItem** child = children; child && *child && !has; ++child)
        has = gimp_item_get_visible(*child) && has_effects(GIMP_DRAWABLE(*child));
    g_free(children);
    return has;
}

std::string appearance(GimpDrawable* drawable) {
    std::string text =
        formatted("{} {} {}", gimp_drawable_get_width(drawable), gimp_drawable_get_height(drawable),
                  babl_get_name(gimp_drawable_get_format(drawable))) +
        small_picture(drawable);
    if (GimpDrawable* mask = applied_mask(drawable))
        text += small_picture(mask);
    return text;
}

GObjectPointer<GeglBuffer> SeenDrawable::buffer() const {
    return GObjectPointer<GeglBuffer>(copy ? GEGL_BUFFER(g_object_ref(copy.get()))
                                           : gimp_drawable_get_buffer(drawable));
}

Result<std::shared_ptr<const SeenDrawable>> SeenDrawables::look(GimpDrawable* drawable, Seen seen) {
    const bool any = has_effects(drawable);
    const bool effects = any && seen != Seen::own_pixels;
    GimpDrawable* mask = seen == Seen::effects_and_mask ? applied_mask(drawable) : nullptr;
    auto now = std::make_shared<SeenDrawable>(SeenDrawable{.drawable = drawable,
                                                           .copy = nullptr,
                                                           .width = gimp_drawable_get_width(drawable),
                                                           .height = gimp_drawable_get_height(drawable),
                                                           .format = gimp_drawable_get_format(drawable),
                                                           .in_thumbnails = !any && !mask});
    if (!effects && !mask)
        return now;
    Known& known = known_[{gimp_item_get_id(GIMP_ITEM(drawable)), seen}];
    if (auto text = appearance(drawable); !known.seen || known.appearance != text)
        known = {std::move(text), nullptr};
    if (known.seen)
        return known.seen;
    if (effects)
        if (auto merged = merge_effects(*now); !merged)
            return std::unexpected(merged.error());
    if (mask)
        apply(mask, *now);
    known.seen = now;
    return now;
}

} // namespace neural_style::plugin
