// SPDX-License-Identifier: GPL-3.0-or-later
#include "drawable_pixels.hpp"

#include "glib_pointers.hpp"
#include "mask.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

namespace neural_style::plugin {
namespace {

/// Whether GIMP makes small pictures of layers at all; otherwise it returns icons.
bool gimp_makes_small_pictures() {
    static const bool makes = [] {
        const GStringPointer value(gimp_gimprc_query("layer-previews"));
        return value && std::string_view(value.get()) == "yes";
    }();
    return makes;
}

/// GIMP's own small picture of that rectangle, from the reduced sizes that it keeps of each drawable: for 12
/// megapixels in a tenth of the time of reading them. 8-bit samples. Null: GIMP has none.
GObjectPointer<GeglBuffer> ready_copy(const SeenDrawable& seen, const GeglRectangle& area, int width,
                                      int height) {
    constexpr int longest = 1024; // the largest that GIMP makes
    const GeglRectangle own{0, 0, seen.width, seen.height};
    if (!seen.in_thumbnails || width > longest || height > longest || area.width < 2 * width ||
        area.height < 2 * height || !gegl_rectangle_contains(&own, &area) || !gimp_makes_small_pictures())
        return nullptr;
    GimpDrawable* drawable = seen.drawable;
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
        const Babl* space = babl_format_get_space(seen.format);
        const Babl* format = babl_format_with_space(babl_format_get_encoding(kind), space);
        const GeglRectangle there{0, 0, width, height};
        copy.reset(gegl_buffer_new(&there, format));
        gegl_buffer_set(copy.get(), &there, 0, format, g_bytes_get_data(bytes, nullptr), GEGL_AUTO_ROWSTRIDE);
    }
    g_bytes_unref(bytes);
    return copy;
}

/// A copy of that rectangle in the drawable's own format, or in 8 bits, at that size; transparent outside the
/// drawable.
GObjectPointer<GeglBuffer> small_copy(const SeenDrawable& seen, const GeglRectangle& area, int width,
                                      int height) {
    if (auto ready = ready_copy(seen, area, width, height))
        return ready;
    const auto from = seen.buffer();
    const Babl* format = seen.format;
    if (babl_format_is_palette(format)) // whose values have no mean
        format = babl_format_with_space("R'G'B'A u8", babl_format_get_space(format));
    const GeglRectangle there{0, 0, width, height};
    GObjectPointer<GeglBuffer> to(gegl_buffer_new(&there, format));
    const double scale = std::max(double(width) / area.width, double(height) / area.height);
    const int x = int(std::lround(area.x * scale)), y = int(std::lround(area.y * scale));
    // In strips, so that its samples are not in memory twice.
    constexpr int strip = 64;
    std::vector<std::byte> rows(std::size_t(width) * strip *
                                std::size_t(babl_format_get_bytes_per_pixel(format)));
    for (int top = 0; top < height; top += strip) {
        const GeglRectangle part{0, top, width, std::min(strip, height - top)};
        const GeglRectangle scaled{x, y + top, part.width, part.height};
        gegl_buffer_get(from.get(), &scaled, scale, format, rows.data(), GEGL_AUTO_ROWSTRIDE,
                        GEGL_ABYSS_NONE);
        gegl_buffer_set(to.get(), &part, 0, format, rows.data(), GEGL_AUTO_ROWSTRIDE);
    }
    return to;
}

bool whole(const GeglRectangle& area, PlaneSize size) {
    return (size.width == 0 && size.height == 0) || (size.width == area.width && size.height == area.height);
}

} // namespace

Result<BufferSamples> drawable_pixels(const SeenDrawable& seen, const GeglRectangle& area, PlaneSize size) {
    if (whole(area, size)) {
        const auto buffer = seen.buffer();
        return read_samples(buffer.get(), area);
    }
    const auto small = small_copy(seen, area, size.width, size.height);
    return read_samples(small.get(), {0, 0, size.width, size.height});
}

Result<std::vector<float>> drawable_mask(const SeenDrawable& seen, const GeglRectangle& area,
                                         PlaneSize size) {
    if (whole(area, size)) {
        const auto buffer = seen.buffer();
        return read_mask(buffer.get(), area);
    }
    const auto small = small_copy(seen, area, size.width, size.height);
    return read_mask(small.get(), {0, 0, size.width, size.height});
}

} // namespace neural_style::plugin
