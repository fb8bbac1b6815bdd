// SPDX-License-Identifier: GPL-3.0-or-later
#include "layer_part.hpp"

#include "buffer_pixels.hpp"
#include "feather.hpp"
#include "fit.hpp"
#include "gimp_host.hpp"
#include "item_name.hpp"
#include "mask.hpp"
#include "scaled_plane.hpp"
#include "translation.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <format>
#include <functional>
#include <string_view>

namespace neural_style::plugin {
namespace {

std::unexpected<Error> gone() {
    return failure(ErrorCode::bad_picture, _("The layer is gone: select another one and try again."));
}

/// Whether GIMP makes small pictures of layers at all; else it hands out an icon for each.
bool gimp_makes_small_pictures() {
    static const bool makes = [] {
        const GStringPointer value(gimp_gimprc_query("layer-previews"));
        return value && std::string_view(value.get()) == "yes";
    }();
    return makes;
}

/// GIMP's own small picture of that rectangle, for which it keeps the drawable at several sizes: of 12
/// megapixels in a tenth of the time that reading all of them takes. Samples of 8 bits. Null: GIMP has none.
GObjectPointer<GeglBuffer> ready_copy(GimpDrawable* drawable, const GeglRectangle& area, int width,
                                      int height) {
    constexpr int longest = 1024; // that GIMP makes
    const GeglRectangle own{0, 0, gimp_drawable_get_width(drawable), gimp_drawable_get_height(drawable)};
    if (width > longest || height > longest || area.width < 2 * width || area.height < 2 * height ||
        !gegl_rectangle_contains(&own, &area) || !gimp_makes_small_pictures())
        return nullptr;
    const Babl* kind = gimp_drawable_get_thumbnail_format(drawable);
    int made_width = width, made_height = height, channels = 0;
    GBytes* bytes = gimp_drawable_get_sub_thumbnail_data(drawable, area.x, area.y, area.width, area.height,
                                                         width, height, &made_width, &made_height, &channels);
    if (!bytes)
        return nullptr;
    GObjectPointer<GeglBuffer> copy;
    if (kind && made_width == width && made_height == height &&
        g_bytes_get_size(bytes) ==
            std::size_t(width) * std::size_t(height) * std::size_t(babl_format_get_bytes_per_pixel(kind))) {
        const Babl* space = babl_format_get_space(gimp_drawable_get_format(drawable));
        const Babl* format = babl_format_with_space(babl_format_get_encoding(kind), space);
        const GeglRectangle there{0, 0, width, height};
        copy.reset(gegl_buffer_new(&there, format));
        gegl_buffer_set(copy.get(), &there, 0, format, g_bytes_get_data(bytes, nullptr), GEGL_AUTO_ROWSTRIDE);
    }
    g_bytes_unref(bytes);
    return copy;
}

/// A copy of that rectangle in the drawable's own format, or in 8 bits, at that size; beside the drawable it
/// is transparent.
GObjectPointer<GeglBuffer> small_copy(GimpDrawable* drawable, const GeglRectangle& area, int width,
                                      int height) {
    if (auto ready = ready_copy(drawable, area, width, height))
        return ready;
    const GObjectPointer<GeglBuffer> from(gimp_drawable_get_buffer(drawable));
    const Babl* format = gimp_drawable_get_format(drawable);
    const GeglRectangle there{0, 0, width, height};
    GObjectPointer<GeglBuffer> to(gegl_buffer_new(&there, format));
    const double scale = std::max(double(width) / area.width, double(height) / area.height);
    const GeglRectangle scaled{int(std::lround(area.x * scale)), int(std::lround(area.y * scale)), width,
                               height};
    std::vector<std::byte> bytes(std::size_t(width) * std::size_t(height) *
                                 std::size_t(babl_format_get_bytes_per_pixel(format)));
    gegl_buffer_get(from.get(), &scaled, scale, format, bytes.data(), GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
    gegl_buffer_set(to.get(), &there, 0, format, bytes.data(), GEGL_AUTO_ROWSTRIDE);
    return to;
}

struct Fitted {
    int width;
    int height;
};
Fitted fitted(int width, int height, int longest) {
    const double scale = std::min(1.0, double(longest) / std::max(width, height));
    return {std::max(1, int(std::lround(width * scale))), std::max(1, int(std::lround(height * scale)))};
}

/// Where a rectangle of the layer lies in another drawable of its image.
GeglRectangle over(GimpDrawable* drawable, GimpLayer* layer, const Area& area) {
    int layer_x = 0, layer_y = 0, x = 0, y = 0;
    gimp_drawable_get_offsets(GIMP_DRAWABLE(layer), &layer_x, &layer_y);
    gimp_drawable_get_offsets(drawable, &x, &y);
    return {area.x + layer_x - x, area.y + layer_y - y, area.width, area.height};
}

Result<std::vector<float>> small_mask(GimpDrawable* drawable, const GeglRectangle& area, int width,
                                      int height) {
    const auto small = small_copy(drawable, area, width, height);
    return read_mask(small.get(), {0, 0, width, height});
}

} // namespace

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

Result<LayerPart> layer_part(GimpLayer* layer, const Area& area, int longest) {
    if (!gimp_item_is_valid(GIMP_ITEM(layer)))
        return gone();
    const auto [width, height] = fitted(area.width, area.height, longest);
    const auto small =
        small_copy(GIMP_DRAWABLE(layer), {area.x, area.y, area.width, area.height}, width, height);
    auto pixels = read_pixels(small.get(), {0, 0, width, height});
    if (!pixels)
        return std::unexpected(pixels.error());
    LayerPart part{
        .area = area, .image = std::move(pixels->image), .alpha = std::move(pixels->alpha), .mask = {}};
    const auto multiply = [&](GimpDrawable* drawable) {
        auto values = small_mask(drawable, over(drawable, layer, area), width, height);
        if (!values)
            return;
        if (part.mask.empty())
            part.mask = std::move(*values);
        else
            std::ranges::transform(part.mask, *values, part.mask.begin(), std::multiplies());
    };
    GimpImage* image = gimp_item_get_image(GIMP_ITEM(layer));
    if (!gimp_selection_is_empty(image))
        multiply(GIMP_DRAWABLE(gimp_image_get_selection(image)));
    if (gimp_layer_get_apply_mask(layer) && gimp_layer_get_mask(layer))
        multiply(GIMP_DRAWABLE(gimp_layer_get_mask(layer)));
    return part;
}

LayerPart shrunk(const LayerPart& part, int longest) {
    const PlaneSize from{part.image.width(), part.image.height()};
    const auto [width, height] = fitted(from.width, from.height, longest);
    const PlaneSize to{width, height};
    LayerPart small{.area = part.area, .image = fit(part.image, width, height), .alpha = {}, .mask = {}};
    if (!part.alpha.empty())
        small.alpha = scaled_plane(part.alpha, from, to);
    if (!part.mask.empty())
        small.mask = scaled_plane(part.mask, from, to);
    return small;
}

Result<Image> picture_over_part(int id, GimpLayer* layer, const LayerPart& part) {
    if (!gimp_item_id_is_drawable(id))
        return failure(ErrorCode::bad_picture,
                       _("The layer chosen to go on from is gone: choose another one."));
    GimpDrawable* drawable = gimp_drawable_get_by_id(id);
    const int width = part.image.width(), height = part.image.height();
    const GeglRectangle area = over(drawable, layer, part.area);
    const GeglRectangle own{0, 0, gimp_drawable_get_width(drawable), gimp_drawable_get_height(drawable)};
    GeglRectangle common;
    if (!gegl_rectangle_intersect(&common, &area, &own))
        return failure(
            ErrorCode::bad_picture,
            _("The layer chosen to go on from does not touch the one to paint: choose another one."));
    const auto small = small_copy(drawable, area, width, height);
    auto pixels = read_pixels(small.get(), {0, 0, width, height});
    if (!pixels)
        return std::unexpected(pixels.error());
    Image result = part.image;
    const auto inside = [](double place, int begin, int length) {
        return place >= begin && place < begin + length;
    };
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            if (!inside(area.x + (x + 0.5) * area.width / width, common.x, common.width) ||
                !inside(area.y + (y + 0.5) * area.height / height, common.y, common.height))
                continue;
            const float cover =
                pixels->alpha.empty() ? 1 : std::clamp(pixels->alpha[std::size_t(y) * width + x], 0.0f, 1.0f);
            for (int c = 0; c < 3; ++c)
                result.pixel(x, y)[c] =
                    cover * pixels->image.pixel(x, y)[c] + (1 - cover) * result.pixel(x, y)[c];
        }
    return result;
}

std::string selection_state(GimpImage* image, GimpLayer* layer) {
    /// Fine enough for what a hand changes, and a few kilobytes.
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

Result<Mask> mask_over_part(int id, GimpLayer* layer, const Area& area, int width, int height,
                            double radius) {
    if (!gimp_item_id_is_drawable(id))
        return failure(ErrorCode::bad_picture,
                       _("A layer or channel chosen as a mask is gone: choose another one."));
    GimpDrawable* drawable = gimp_drawable_get_by_id(id);
    auto values = small_mask(drawable, over(drawable, layer, area), width, height);
    if (!values)
        return std::unexpected(values.error());
    feather(*values, width, height, radius * width / area.width);
    return Mask{.values = std::move(*values), .depth = SampleDepth::u8, .name = {}};
}

Result<SmallDrawable> small_drawable(int id, int longest) {
    if (!gimp_item_id_is_drawable(id))
        return failure(ErrorCode::bad_picture,
                       _("The layer chosen as the style is gone: choose another style."));
    GimpDrawable* drawable = gimp_drawable_get_by_id(id);
    SmallDrawable small{.image = {},
                        .width = gimp_drawable_get_width(drawable),
                        .height = gimp_drawable_get_height(drawable),
                        .name = item_name(GIMP_ITEM(drawable))};
    const auto [width, height] = fitted(small.width, small.height, longest);
    const auto copy = small_copy(drawable, {0, 0, small.width, small.height}, width, height);
    auto pixels = read_pixels(copy.get(), {0, 0, width, height});
    if (!pixels)
        return std::unexpected(pixels.error());
    small.image = std::move(pixels->image);
    return small;
}

} // namespace neural_style::plugin
