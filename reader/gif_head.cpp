// SPDX-License-Identifier: GPL-3.0-or-later
#include "gif_head.hpp"

#include <cstdint>

namespace neural_style::reader {

std::optional<GifFrame> part_of_screen(const Source& source) {
    // CompuServe 1990, "GIF89a specification", sections 18 to 26.
    constexpr std::size_t most = 1 << 16;
    const std::string head = source.bytes(0, most);
    const auto byte = [&](std::size_t at) {
        return at < head.size() ? unsigned(static_cast<unsigned char>(head[at])) : 0u;
    };
    const auto number = [&](std::size_t at) { return int(byte(at) | byte(at + 1) << 8); };
    constexpr unsigned extension = 0x21, picture = 0x2c;
    std::size_t at = 13;
    if (byte(10) & 0x80)
        at += std::size_t(3) << ((byte(10) & 7) + 1);
    while (byte(at) == extension) {
        at += 2;
        while (const unsigned length = byte(at))
            at += length + 1;
        ++at;
    }
    if (byte(at) != picture)
        return std::nullopt;
    const GifFrame frame{number(at + 1), number(at + 3), number(at + 5), number(at + 7)};
    const int width = number(6), height = number(8);
    const bool inside = frame.width > 0 && frame.height > 0 && frame.left + frame.width <= width &&
                        frame.top + frame.height <= height;
    if (!inside || (frame.width == width && frame.height == height))
        return std::nullopt;
    return frame;
}

} // namespace neural_style::reader
