// SPDX-License-Identifier: GPL-3.0-or-later
/// Smooths single pixels: total variation in all directions, and a term against weave along the axes.
///
///     Amount loss = smoothness(picture, {.tv = 0.5, .color = 15, .diagonals = 0.25, .weave = 0.02},
///     &gradient);
#pragma once

#include "amount.hpp"

#include <cstdint>
#include <torch/types.h>

namespace neural_style {

struct SmoothnessWeights {
    double tv = 0;
    /// How many times more total variation counts for changes of colour: differences between neighbours minus
    /// their mean over the channels.
    double color = 0;
    /// Weight of a diagonal neighbour relative to one along an axis; 0: four neighbours only.
    double diagonals = 0;
    double weave = 0;
};

/// Rows that are looked at for their own sake; a count of 0: all.
struct OwnRows {
    std::int64_t first = 0, count = 0;
};

/// - Total variation: sum over pairs of neighbours of w (p - q)^2 (Mahendran and Vedaldi 2015, with beta 2),
///   where the weights of a pixel's neighbours add up to 4; beyond the border: the nearest pixel.
/// - Weave: sum of the squared sixth differences along each axis. Max pooling responds to patterns of two and
///   three pixels along the axes, which nobody painted; a sixth difference sees hardly anything else.
///
/// `picture` is [1, 3, height, width]; its derivative is added to `gradient`, of the same shape, where that
/// is not null. `wraps`: it continues at its opposite border. Looks at bands of rows, so that a large picture
/// needs no copies. With `own`, loss and derivative are those of some rows, of which others are only seen; on
/// the CPU alone.
Amount smoothness(const torch::Tensor& picture, const SmoothnessWeights& weights, bool wraps,
                  torch::Tensor* gradient, const OwnRows& own = {});

} // namespace neural_style
