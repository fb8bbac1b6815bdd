// SPDX-License-Identifier: GPL-3.0-or-later
/// Convolutions with frozen weights, as fast as the device has them.
///
///     const Convolution convolution(weight, bias, torch::kCPU, torch::kBFloat16);
///     auto out = convolution(padded(in, Border::reflect, 1), {.relu = true});
#pragma once

#include <torch/types.h>

namespace neural_style {

/// The same tensor with its channels side by side in memory; a copy only where they are not.
torch::Tensor channels_last(const torch::Tensor& tensor);

/// What a layer sees beyond the border of its input.
enum class Border { zeros, reflect, replicate };

/// `in` [n, channels, height, width] with `by` more positions on each side.
torch::Tensor padded(const torch::Tensor& in, Border border, int by);
/// The gradient at `in`, given that at padded(in, border, by), which is changed: the border's part goes to
/// the positions that it was copied from. LibTorch's own does the same pixel by pixel, in ten times the time.
torch::Tensor padding_gradient(const torch::Tensor& of_padded, Border border, int by);

class Convolution {
  public:
    struct How {
        int zeros = 0; ///< positions of zero padding on each side
        bool relu = false;
    };

    Convolution() = default;
    /// `weight` [out, in, size, size] and `bias` [out], or undefined for none, of any device and type. On the
    /// CPU, in types that oneDNN computes there, the weights are put into its order once.
    Convolution(const torch::Tensor& weight, const torch::Tensor& bias, torch::Device device,
                torch::ScalarType type, int stride = 1);

    /// `in` [n, in, height, width] of the device and the type, channels_last; as is the result.
    torch::Tensor operator()(const torch::Tensor& in, How how) const;

  private:
    torch::Tensor weight_;
    torch::Tensor bias_;
    int stride_ = 1;
};

} // namespace neural_style
