// SPDX-License-Identifier: GPL-3.0-or-later
/// Instance norm (Ulyanov, Vedaldi, Lempitsky 2016) on the CPU, over channels_last features: one pass to
/// measure, one to scale, the ReLU included.
///
///     const auto [mean, variance] = channel_moments(features);
///     scale_channels(features, factor, offset, relu);
#pragma once

#include <torch/types.h>
#include <utility>
#include <vector>

namespace neural_style {

/// As in PyTorch's InstanceNorm2d, which the published networks use.
inline constexpr double norm_epsilon = 1e-5;

/// Mean and variance per channel of each norm of a network, float32 [channels], in network order.
struct NormStatistics {
    struct Moments {
        torch::Tensor mean, variance;
    };
    std::vector<Moments> norms;
};

/// Population mean and variance per channel of `features` [n, channels, height, width], channels_last,
/// float32 or bfloat16: float32 [channels] on the features' device.
std::pair<torch::Tensor, torch::Tensor> channel_moments(const torch::Tensor& features);

/// features = factor * features + offset per channel, in place, followed by a ReLU if `relu`; `factor` and
/// `offset` are float32 [channels].
void scale_channels(torch::Tensor& features, const torch::Tensor& factor, const torch::Tensor& offset,
                    bool relu);

} // namespace neural_style
