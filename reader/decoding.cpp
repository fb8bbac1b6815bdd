// SPDX-License-Identifier: GPL-3.0-or-later
#include "decoding.hpp"

#include <algorithm>

namespace neural_style::reader {

Decoded check_size(std::uint64_t width, std::uint64_t height) {
    if (width > 0 && height > 0 && width <= largest_picture && height <= largest_picture &&
        width * height <= largest_picture)
        return {};
    if (width == 0 || height == 0)
        return refused(Reason::damaged);
    return refused(Reason::too_large, std::to_string(width) + " x " + std::to_string(height));
}

Decoded decode(const Order& order, Answer& answer) {
    constexpr std::size_t head = 512, tail = 26;
    const std::uint64_t size = order.source.size();
    const auto kind = kind_of(order.source.bytes(0, head),
                              order.source.bytes(size - std::min<std::uint64_t>(size, tail), tail));
    if (!kind)
        return refused(Reason::unknown_kind);
    switch (kind->way) {
    case Way::camera_raw:
        return refused(Reason::camera_raw);
    case Way::film:
        return refused(Reason::film);
    case Way::openexr:
        return decode_openexr(order, answer);
    default:
        return decode_with_library(*kind, order, answer);
    }
}

} // namespace neural_style::reader
