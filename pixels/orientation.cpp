// SPDX-License-Identifier: GPL-3.0-or-later
#include "orientation.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

namespace neural_style {
namespace {

/// Side of the squares rotated at once: GEGL's tiles are 128 pixels wide.
constexpr int block_size = 128;

/// Makes stored rows and columns upright: first swapped, then mirrored.
struct Turn {
    bool swap;
    bool mirror_x;
    bool mirror_y;
};

Turn turn_of(int orientation) {
    switch (orientation) {
    case 2:
        return {false, true, false};
    case 3:
        return {false, true, true};
    case 4:
        return {false, false, true};
    case 5:
        return {true, false, false};
    case 6:
        return {true, true, false};
    case 7:
        return {true, true, true};
    case 8:
        return {true, false, true};
    default:
        return {false, false, false};
    }
}

} // namespace

GObjectPointer<GeglBuffer> turned_upright(GeglBuffer* buffer, int orientation) {
    const GeglRectangle stored = *gegl_buffer_get_extent(buffer);
    const Babl* format = gegl_buffer_get_format(buffer);
    const std::size_t bytes = babl_format_get_bytes_per_pixel(format);
    const Turn turn = turn_of(orientation);
    const int width = turn.swap ? stored.height : stored.width;
    const int height = turn.swap ? stored.width : stored.height;
    const GeglRectangle extent{0, 0, width, height};
    GObjectPointer<GeglBuffer> upright(gegl_buffer_new(&extent, format));

    std::vector<std::byte> in(std::size_t(block_size) * block_size * bytes);
    std::vector<std::byte> out(in.size());
    for (int y = 0; y < height; y += block_size)
        for (int x = 0; x < width; x += block_size) {
            const GeglRectangle to{x, y, std::min(block_size, width - x), std::min(block_size, height - y)};
            const int from_x = turn.mirror_x ? width - x - to.width : x;
            const int from_y = turn.mirror_y ? height - y - to.height : y;
            GeglRectangle from{stored.x + from_x, stored.y + from_y, to.width, to.height};
            if (turn.swap)
                from = {stored.x + from_y, stored.y + from_x, to.height, to.width};
            gegl_buffer_get(buffer, &from, 1.0, format, in.data(), GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
            for (int row = 0; row < to.height; ++row)
                for (int column = 0; column < to.width; ++column) {
                    const int in_x = turn.mirror_x ? to.width - 1 - column : column;
                    const int in_y = turn.mirror_y ? to.height - 1 - row : row;
                    const std::size_t i = turn.swap ? std::size_t(in_x) * from.width + in_y
                                                    : std::size_t(in_y) * from.width + in_x;
                    std::memcpy(&out[(std::size_t(row) * to.width + column) * bytes], &in[i * bytes], bytes);
                }
            gegl_buffer_set(upright.get(), &to, 0, format, out.data(), GEGL_AUTO_ROWSTRIDE);
        }
    return upright;
}

} // namespace neural_style
