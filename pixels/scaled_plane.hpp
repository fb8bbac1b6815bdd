// SPDX-License-Identifier: GPL-3.0-or-later
/// Scales a plane of values, such as the alpha of a photo that is painted smaller.
///
///     auto alpha = scaled_plane(pixels.alpha, {4000, 3000}, {1000, 750});
#pragma once

#include <span>
#include <vector>

namespace neural_style {

struct PlaneSize {
    int width = 0;
    int height = 0;
};

/// Each new value is the mean of the old ones that it covers, weighted by overlap: exact for reduction,
/// blocky for enlargement. `plane` has width x height values, top left first.
std::vector<float> scaled_plane(std::span<const float> plane, PlaneSize from, PlaneSize to);
/// The same for `channels` values of each pixel, one after the other.
std::vector<float> scaled_pixels(std::span<const float> pixels, int channels, PlaneSize from, PlaneSize to);

} // namespace neural_style
