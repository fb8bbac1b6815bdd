// SPDX-License-Identifier: GPL-3.0-or-later
/// Where in the picture each style paints.
///
///     auto places = style_places({sky_mask, {}}, protect_mask);   // the second style paints the rest
#pragma once

#include <torch/types.h>
#include <vector>

namespace neural_style {

/// Weights [height, width], 0..1, for each style, from its region [1, 1, height, width] (undefined: none of
/// its own) and the protected part (the same, or undefined). Regions that overlap share; what they leave
/// belongs to the styles without a region, which get one tensor; nothing is painted where the picture is
/// protected. Undefined: everywhere, with weight 1.
std::vector<torch::Tensor> style_places(const std::vector<torch::Tensor>& regions,
                                        const torch::Tensor& protect);

/// Weights [height, width] of pixels as those of a layer's positions, which lie `stride` pixels apart: their
/// means. Undefined stays undefined.
torch::Tensor at_stride(const torch::Tensor& weights, int stride);

} // namespace neural_style
