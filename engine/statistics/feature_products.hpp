// SPDX-License-Identifier: GPL-3.0-or-later
/// Sums features and their products over positions: the inner loop of every style loss, on the CPU.
///
///     if (feature_products_apply(features))
///         add_feature_products(features, weights, products, values);
///
/// A general matrix product is slow here: it reads millions of positions to fill a matrix of 16 by 16
/// numbers, and wants them in float32. These loops read the features once, in the type that they have, and
/// keep the sums in registers.
#pragma once

#include <torch/types.h>

namespace neural_style {

/// Whether these loops know such features: float32 or bfloat16 in the CPU's memory, a multiple of 16 channels
/// that lie side by side.
bool feature_products_apply(const torch::Tensor& features);

/// Adds sum_k w_k F_ik F_jk to `products` [channels, channels] and sum_k w_k F_ik to `values` [channels],
/// both float64 and contiguous, for the positions k of `features` [1, channels, height, width]; `weights`
/// [height, width] float32 or undefined: all 1. Sums of 1024 positions are made in float32.
void add_feature_products(const torch::Tensor& features, const torch::Tensor& weights,
                          torch::Tensor& products, torch::Tensor& values);

} // namespace neural_style
