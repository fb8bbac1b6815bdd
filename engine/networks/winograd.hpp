// SPDX-License-Identifier: GPL-3.0-or-later
/// Convolutions of 3 x 3 with a quarter of the products: Winograd's F(4 x 4, 3 x 3).
///
///     if (WinogradConvolution::applies(weight, type, stride, groups))
///         fast = std::make_shared<WinogradConvolution>(weight, bias);
///     if (fast && fast->pays(in))
///         out = (*fast)(in, /*zeros=*/1, /*relu=*/true);
///
/// Lavin, Gray 2016 "Fast Algorithms for Convolutional Neural Networks", section 4.3. Tiles of 6 x 6
/// positions of the input are transformed, as are the weights; products of the two at each of the 36 places,
/// summed over the input's channels, are transformed back to 4 x 4 positions of the output. The products, in
/// float32, are oneDNN's. Relative error of a layer: 1e-6 to 2e-6, twice that of oneDNN's direct
/// convolutions.
#pragma once

#include <cstdint>
#include <mutex>
#include <torch/types.h>
#include <vector>

namespace neural_style {

class WinogradConvolution {
  public:
    /// Whether it can do the same, and is faster for pictures that are not small, than oneDNN's direct
    /// convolution of values of `type` on this processor.
    static bool applies(const torch::Tensor& weight, torch::ScalarType type, int stride, int groups);
    /// What the transformed weights take.
    static std::uint64_t weight_bytes(const torch::Tensor& weight);

    /// `weight` [out, in, 3, 3] with multiples of 16 channels, `bias` [out] or undefined. The weights are
    /// transformed when the first picture comes, so that a network for small pictures is ready at once.
    WinogradConvolution(const torch::Tensor& weight, const torch::Tensor& bias);

    /// Whether it is faster for a picture of that size.
    bool pays(const torch::Tensor& in) const;

    /// `in` [n, in, height, width], float32 or bfloat16, channels_last, with `zeros` positions of zeros
    /// around it: [n, out, height + 2 zeros - 2, width + 2 zeros - 2], of the same type, channels_last. The
    /// result does not depend on the number of threads.
    torch::Tensor operator()(const torch::Tensor& in, int zeros, bool relu) const;

  private:
    const std::vector<torch::Tensor>& transformed() const;

    std::int64_t in_channels_, out_channels_;
    torch::Tensor bias_; // float32
    mutable std::once_flag once_;
    mutable torch::Tensor weight_;                   // until it is transformed
    mutable std::vector<torch::Tensor> transformed_; // [out, in] for each place, reordered for oneDNN
};

} // namespace neural_style
