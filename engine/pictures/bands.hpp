// SPDX-License-Identifier: GPL-3.0-or-later
/// A picture's rows in bands, so that what is made of them on the way is little beside a large picture.
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

/// Calls work(first, count) for bands of the rows of `picture`, [1, channels, height, width], of about half a
/// megapixel. A request to stop (Failure(cancelled)) is seen between two of them.
template <typename Work>
void by_bands(const torch::Tensor& picture, const std::stop_token& stop, Work work) {
    constexpr std::int64_t pixels_at_once = 1 << 19;
    const auto rows_at_once = std::max<std::int64_t>(16, pixels_at_once / picture.size(3));
    for (std::int64_t first = 0; first < picture.size(2); first += rows_at_once) {
        stop_if_asked(stop);
        work(first, std::min(rows_at_once, picture.size(2) - first));
    }
}

/// `count` rows from `first` on with `around` rows above and below them, and as many columns on both sides.
/// Beyond the border lies the nearest pixel or, where the picture wraps, the opposite border.
torch::Tensor with_surroundings(const torch::Tensor& picture, std::int64_t first, std::int64_t count,
                                std::int64_t around, bool wraps);

} // namespace neural_style
