// SPDX-License-Identifier: GPL-3.0-or-later
/// Maxima of 2 x 2 positions and their gradient, without indices.
///
///     auto pooled = max_pooled(features);
///     auto gradient = max_pool_gradient(of_pooled, features);
///
/// LibTorch's own keeps an index of eight bytes beside every value of two, and scatters the gradient by it.
#pragma once

#include <torch/types.h>

namespace neural_style {

/// [1, channels, height / 2, width / 2] of features [1, channels, height, width], channels_last, none of them
/// negative (they come from a ReLU); an odd row or column at the end is left out.
torch::Tensor max_pooled(const torch::Tensor& features);

/// What goes back to `features`: all to the first largest of the four, in reading order, as in LibTorch.
torch::Tensor max_pool_gradient(const torch::Tensor& of_pooled, const torch::Tensor& features);

} // namespace neural_style
