// SPDX-License-Identifier: GPL-3.0-or-later
#include "style_distance.hpp"

#include <torch/torch.h>

namespace neural_style {

namespace {

// Taps have a mean activation of about 1. A dark or flat style has less, and its relative errors would be
// unbounded.
constexpr double least_product = 0.1, least_variance = 0.3;

} // namespace

TapStatistics statistics_of(const torch::Tensor& features) {
    // A view of channels_last features.
    const auto flat = features.permute({0, 2, 3, 1}).reshape({features.size(0), -1, features.size(1)});
    const auto gram = torch::bmm(flat.transpose(1, 2), flat) / double(flat.size(1));
    const auto mean = flat.mean(1);
    const auto variance = gram.diagonal(0, 1, 2) - mean.square();
    return {gram, torch::stack({mean, variance.clamp_min(1e-6).sqrt()})};
}

torch::Tensor style_distance(const TapStatistics& found, const TapStatistics& wanted) {
    const auto gram = (found.gram - wanted.gram).square().sum({1, 2}) /
                      wanted.gram.square().sum({1, 2}).clamp_min(
                          least_product * double(wanted.gram.size(1) * wanted.gram.size(1)));
    const auto moments = (found.moments - wanted.moments).square().mean(at::IntArrayRef{0, 2}) /
                         wanted.moments[1].square().mean(1).clamp_min(least_variance);
    return (0.5 * gram + 0.5 * moments).mean();
}

} // namespace neural_style
