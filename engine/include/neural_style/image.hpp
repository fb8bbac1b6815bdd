// SPDX-License-Identifier: GPL-3.0-or-later
/// The one pixel format of the project, as a view and as an owner.
///
/// Pixels are interleaved R'G'B' float32 with the sRGB primaries and curve, nominally 0..1, top left pixel
/// first, rows without padding. Values outside 0..1 are allowed; the network sees them clamped.
///
///     Image photo{640, 480};
///     photo.pixel(10, 20)[0] = 1.0f;          // red
///     ImageView view = photo;                 // no copy
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace neural_style {

/// Refers to pixels that somebody else owns and must keep alive.
struct ImageView {
    const float* data = nullptr;
    int width = 0;  ///< in pixels
    int height = 0; ///< in pixels

    bool empty() const { return data == nullptr || width <= 0 || height <= 0; }
    std::size_t samples() const { return std::size_t(width) * std::size_t(height) * 3; }
    std::span<const float> span() const { return {data, samples()}; }
    const float* pixel(int x, int y) const { return data + (std::size_t(y) * width + x) * 3; }
};

/// Refers to a mask that somebody else owns: one float32 per pixel, from 0 (not here) to 1 (here), rows
/// without padding.
struct MaskView {
    const float* data = nullptr;
    int width = 0;  ///< in pixels
    int height = 0; ///< in pixels

    bool empty() const { return data == nullptr || width <= 0 || height <= 0; }
};

/// Owns its pixels, initially black.
class Image {
  public:
    Image() = default;
    Image(int width, int height)
        : width_(width), height_(height), samples_(std::size_t(width) * std::size_t(height) * 3) {}

    int width() const { return width_; }
    int height() const { return height_; }
    bool empty() const { return samples_.empty(); }
    std::span<float> span() { return samples_; }
    std::span<const float> span() const { return samples_; }
    float* data() { return samples_.data(); }
    const float* data() const { return samples_.data(); }
    float* pixel(int x, int y) { return samples_.data() + (std::size_t(y) * width_ + x) * 3; }
    const float* pixel(int x, int y) const { return samples_.data() + (std::size_t(y) * width_ + x) * 3; }

    operator ImageView() const { return {samples_.data(), width_, height_}; }

  private:
    int width_ = 0;
    int height_ = 0;
    std::vector<float> samples_;
};

} // namespace neural_style
