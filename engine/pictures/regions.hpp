// SPDX-License-Identifier: GPL-3.0-or-later
/// Where in the picture each style paints.
///
///     auto places = style_places({sky_mask, {}}, protect_mask);   // the second style paints the rest
#pragma once

#include <torch/types.h>
#include <vector>

namespace neural_style {

/// Weights [height, width], 0..1, of each style, given its region [1, 1, height, width] (undefined: none of
/// its own) and the protected part (the same, or undefined). Overlapping regions share. What they leave
/// belongs to the styles without a region, which share one tensor. Nothing is painted where the picture is
/// protected. Undefined: weight 1 everywhere.
std::vector<torch::Tensor> style_places(const std::vector<torch::Tensor>& regions,
                                        const torch::Tensor& protect);

/// Weights [height, width] of pixels, averaged over the positions of a layer, which are `stride` pixels
/// apart. Undefined stays undefined.
torch::Tensor at_stride(const torch::Tensor& weights, int stride);

} // namespace neural_style
