// SPDX-License-Identifier: GPL-3.0-or-later
/// oneDNN's operations with a fused ReLU, as LibTorch's own compiler calls them: no second pass over the
/// output, and weights are reordered for oneDNN only once.
///
///     if (onednn::computes(in.device(), in.scalar_type()) && onednn::has_products())
///         out = onednn::product(in, onednn::product_weight(matrix), bias, /*relu=*/true);
#pragma once

#include <torch/types.h>
#include <vector>

namespace neural_style::onednn {

/// Whether this LibTorch has them; some have no oneDNN, and others may call them differently.
bool has_convolutions();
bool has_products();

/// Whether they compute values of that type on that device, faster than LibTorch's own do.
bool computes(torch::Device device, torch::ScalarType type);

/// `weight` [out, in / groups, height, width], reordered, or as it is where oneDNN's own order is broken.
torch::Tensor convolution_weight(const torch::Tensor& weight, int stride, int groups);
/// `in` [n, in, height, width], channels_last, like the result; `bias` may be undefined.
torch::Tensor convolution(const torch::Tensor& in, const torch::Tensor& weight, const torch::Tensor& bias,
                          int zeros, int stride, int groups, bool relu);

/// `weight` [out, in], reordered, or as it is where LibTorch cannot or oneDNN's own order is broken.
torch::Tensor product_weight(const torch::Tensor& weight);
/// The same for each of `weights` [n, out, in].
std::vector<torch::Tensor> product_weights(const torch::Tensor& weights);
/// `in` [..., in] times the transposed `weight` [out, in]: [..., out]; `bias` may be undefined.
torch::Tensor product(const torch::Tensor& in, const torch::Tensor& weight, const torch::Tensor& bias,
                      bool relu);

} // namespace neural_style::onednn
