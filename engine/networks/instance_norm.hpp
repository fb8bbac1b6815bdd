// SPDX-License-Identifier: GPL-3.0-or-later
/// Instance norm (Ulyanov, Vedaldi, Lempitsky 2016) on the CPU, over features as they lie in memory: a pass
/// to measure, a pass to change, the ReLU with it.
///
///     const auto [mean, variance] = channel_moments(features);
///     scale_channels(features, factor, offset, relu);
#pragma once

#include <torch/types.h>
#include <utility>
#include <vector>

namespace neural_style {

/// Of PyTorch's InstanceNorm2d, which the published networks have.
inline constexpr double norm_epsilon = 1e-5;

/// Mean and variance of each channel where a network normalises, float32 [channels], in the network's order.
struct NormStatistics {
    struct Moments {
        torch::Tensor mean, variance;
    };
    std::vector<Moments> norms;
};

/// Mean and variance (of all positions, not the sample's) of each channel of `features` [n, channels, height,
/// width], channels_last, float32 or bfloat16: float32 [channels] on the features' device.
std::pair<torch::Tensor, torch::Tensor> channel_moments(const torch::Tensor& features);

/// features = factor * features + offset for each channel, in place, and its ReLU where asked for; `factor`
/// and `offset` float32 [channels].
void scale_channels(torch::Tensor& features, const torch::Tensor& factor, const torch::Tensor& offset,
                    bool relu);

} // namespace neural_style
