// SPDX-License-Identifier: GPL-3.0-or-later
/// Sums features and their products over positions: the inner loop of every style loss, on the CPU.
///
///     if (feature_products_apply(features))
///         add_feature_products(features, weights, products, values);
///
/// A general matrix product is slow here: it reads millions of positions to fill a 16 by 16 matrix and needs
/// them in float32. These loops read the features once, in their own type, and keep the sums in registers.
#pragma once

#include <torch/types.h>

namespace neural_style {

/// Whether these loops support such features: float32 or bfloat16 in CPU memory, channels adjacent and a
/// multiple of 16.
bool feature_products_apply(const torch::Tensor& features);

/// Adds sum_k w_k F_ik F_jk to `products` [channels, channels] and sum_k w_k F_ik to `values` [channels],
/// both float64 and contiguous, over the positions k of `features` [1, channels, height, width]; `weights`
/// [height, width] float32, or undefined: all 1. Each 1024 positions are summed in float32.
void add_feature_products(const torch::Tensor& features, const torch::Tensor& weights,
                          torch::Tensor& products, torch::Tensor& values);

} // namespace neural_style
