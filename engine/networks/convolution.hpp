// SPDX-License-Identifier: GPL-3.0-or-later
/// Convolutions with frozen weights, by the fastest implementation that the device has.
///
///     const Convolution convolution(weight, bias, torch::kCPU, torch::kBFloat16);
///     auto out = convolution(padded(in, Border::reflect, 1), {.relu = true});
#pragma once

#include <cstdint>
#include <memory>
#include <torch/types.h>

namespace neural_style {

class WinogradConvolution;

/// The same tensor with channels adjacent in memory; copies only if they are not.
torch::Tensor channels_last(const torch::Tensor& tensor);

/// What a layer sees beyond its input's border; none: it has fewer positions instead.
enum class Border { zeros, reflect, replicate, none };

/// `in` [n, channels, height, width] with `by` more positions on each side.
torch::Tensor padded(const torch::Tensor& in, Border border, int by);
/// The gradient with respect to `in`, given that with respect to padded(in, border, by), which is modified:
/// the border's gradient is added to the positions that it was copied from. LibTorch's own does the same
/// pixel by pixel and takes ten times as long.
torch::Tensor padding_gradient(const torch::Tensor& of_padded, Border border, int by);

class Convolution {
  public:
    struct How {
        int zeros = 0; ///< positions of zero padding on each side
        bool relu = false;
    };

    Convolution() = default;
    /// `weight` [out, in / groups, size, size] and `bias` [out] (undefined for none), on any device and of
    /// any type. On the CPU, for types that oneDNN computes, the weights are transformed or reordered once.
    Convolution(const torch::Tensor& weight, const torch::Tensor& bias, torch::Device device,
                torch::ScalarType type, int stride = 1, int groups = 1);

    /// What such an object's weights take.
    static std::uint64_t weight_bytes(const torch::Tensor& weight, torch::Device device,
                                      torch::ScalarType type, int stride, int groups);

    /// `in` [n, in, height, width] of the given device and type, channels_last, like the result.
    torch::Tensor operator()(const torch::Tensor& in, How how) const;

  private:
    std::shared_ptr<const WinogradConvolution> winograd_; // for pictures that are not small
    torch::Tensor weight_;
    torch::Tensor matrix_; // then instead: a convolution of 1 x 1 is a product for each position
    torch::Tensor bias_;
    int stride_ = 1, groups_ = 1;
};

} // namespace neural_style
