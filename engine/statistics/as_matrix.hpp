// SPDX-License-Identifier: GPL-3.0-or-later
/// Features of a layer as a matrix, without a copy.
#pragma once

#include <torch/types.h>

namespace neural_style {

/// Features [1, channels, height, width], channels_last, as [positions, channels] sharing their memory.
inline torch::Tensor as_matrix(const torch::Tensor& features) {
    return features.permute({0, 2, 3, 1}).view({-1, features.size(1)});
}

} // namespace neural_style
