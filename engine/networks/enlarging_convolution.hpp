// SPDX-License-Identifier: GPL-3.0-or-later
/// Enlarging by two (each position becomes 2 x 2) and the following 3 x 3 convolution, as one convolution on
/// the small input.
///
///     const Convolution convolution(enlarging_kernel(weight), bias.repeat({4}), device, type);
///     auto out = spread(convolution(padded(in, Border::replicate, 1), {}));
#pragma once

#include <torch/types.h>

namespace neural_style {

/// The kernel [4 out, in, 2, 2] that gives two rows and two columns at once: output rows 2p - 1 and 2p depend
/// only on input rows p - 1 and p. That is 4/9 of the work, and the enlarged input is never stored.
torch::Tensor enlarging_kernel(const torch::Tensor& weight);

/// Position (p, q) of `corners` [n, 4 channels, height + 1, width + 1], channels_last, becomes rows 2p - 1
/// and 2p, columns 2q - 1 and 2q of the result, where they exist.
torch::Tensor spread(const torch::Tensor& corners);

/// The same on any device; several times slower on the CPU.
torch::Tensor spread_anywhere(const torch::Tensor& corners);

} // namespace neural_style
