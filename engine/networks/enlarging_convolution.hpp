// SPDX-License-Identifier: GPL-3.0-or-later
/// Enlarging by two (each position becomes 2 x 2) and the 3 x 3 convolution behind it, as one convolution of
/// the small input.
///
///     const Convolution convolution(enlarging_kernel(weight), bias.repeat({4}), device, type);
///     auto out = spread(convolution(padded(in, Border::replicate, 1), {}));
#pragma once

#include <torch/types.h>

namespace neural_style {

/// The kernel [4 out, in, 2, 2] that gives two rows and two columns at once: output rows 2p - 1 and 2p see
/// rows p - 1 and p of the input only. That is 4/9 of the work, and nothing is enlarged.
torch::Tensor enlarging_kernel(const torch::Tensor& weight);

/// Position (p, q) of `corners` [n, 4 channels, height + 1, width + 1], channels_last, becomes the rows 2p -
/// 1 and 2p and the columns 2q - 1 and 2q of the result, as far as there are such.
torch::Tensor spread(const torch::Tensor& corners);

/// The same on any device; on the CPU in several times as long.
torch::Tensor spread_anywhere(const torch::Tensor& corners);

} // namespace neural_style
