// SPDX-License-Identifier: GPL-3.0-or-later
/// The width and height of a picture, in pixels, and its memory.
#pragma once

#include <cstdint>

namespace neural_style {

struct Size {
    int width = 0;
    int height = 0;

    double pixels() const { return double(width) * height; }
    bool operator==(const Size&) const = default;
};

/// Bytes of a picture of three channels in float32.
inline std::uint64_t picture_bytes(double pixels) {
    return std::uint64_t(pixels * 3 * sizeof(float));
}
inline std::uint64_t picture_bytes(Size size) {
    return picture_bytes(size.pixels());
}

} // namespace neural_style
