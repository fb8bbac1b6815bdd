// SPDX-License-Identifier: GPL-3.0-or-later
/// Splits a picture's rows into bands, so that temporaries are small compared with a large picture.
///
///     by_bands(painting, stop, [&](std::int64_t first, std::int64_t count) {
///         painting.narrow(2, first, count).clamp_(0, 1);
///     });
#pragma once

#include "guarded.hpp"

#include <algorithm>
#include <cstdint>
#include <stop_token>
#include <torch/types.h>

namespace neural_style {

/// Calls work(first, count) for bands of rows of a picture, about half a megapixel each. A request to stop
/// (Failure(cancelled)) takes effect between two bands.
template <typename Work>
void by_bands(std::int64_t height, std::int64_t width, const std::stop_token& stop, Work work) {
    constexpr std::int64_t pixels_at_once = 1 << 19;
    const auto rows_at_once = std::max<std::int64_t>(16, pixels_at_once / width);
    for (std::int64_t first = 0; first < height; first += rows_at_once) {
        stop_if_asked(stop);
        work(first, std::min(rows_at_once, height - first));
    }
}

/// Of `picture` [1, channels, height, width].
template <typename Work>
void by_bands(const torch::Tensor& picture, const std::stop_token& stop, Work work) {
    by_bands(picture.size(2), picture.size(3), stop, work);
}

/// `count` rows from `first` on, with `around` more rows above and below and as many more columns on both
/// sides. Beyond the border: the nearest pixel or, if the picture wraps, the opposite border.
torch::Tensor with_surroundings(const torch::Tensor& picture, std::int64_t first, std::int64_t count,
                                std::int64_t around, bool wraps);

} // namespace neural_style
