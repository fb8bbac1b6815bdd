// SPDX-License-Identifier: GPL-3.0-or-later
/// Maxima over 2 x 2 positions and their gradient, without indices.
///
///     auto pooled = max_pooled(features);
///     auto gradient = max_pool_gradient(of_pooled, features);
///
/// LibTorch's own stores an eight-byte index with every two-byte value and scatters the gradient by it.
#pragma once

#include <torch/types.h>

namespace neural_style {

/// [1, channels, height / 2, width / 2] of features [1, channels, height, width], channels_last and not
/// negative (the output of a ReLU). An odd last row or column is ignored.
torch::Tensor max_pooled(const torch::Tensor& features);

/// The gradient of `features`: it all goes to the first largest of the four in reading order, as in LibTorch.
torch::Tensor max_pool_gradient(const torch::Tensor& of_pooled, const torch::Tensor& features);

} // namespace neural_style
