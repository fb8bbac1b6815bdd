// SPDX-License-Identifier: GPL-3.0-or-later
#include "smoothing.hpp"

#include <algorithm>
#include <limits>
#include <torch/types.h>
#include <tuple>

namespace neural_style {

namespace {

// Positions whose exponentials are there at once, so that they stay in the cache.
constexpr std::int64_t positions_at_once = 1 << 12;

// Calls work(first, count) for bands of rows.
template <typename Work>
void by_rows(const torch::Tensor& features, Work work) {
    const auto rows = features.size(2);
    const auto band =
        std::max<std::int64_t>(1, positions_at_once / std::max<std::int64_t>(1, features.size(3)));
    for (std::int64_t first = 0; first < rows; first += band)
        work(first, std::min(band, rows - first));
}

torch::Tensor rows_of(const torch::Tensor& weights, std::int64_t first, std::int64_t count) {
    return weights.defined() ? weights.narrow(0, first, count) : weights;
}

} // namespace

torch::Tensor Exponentials::raise(const torch::Tensor& features, const torch::Tensor& weights) {
    auto top = features.max().to(torch::kFloat32);
    if (weights.defined()) {
        const auto counted =
            std::get<0>(features.max(1))
                .squeeze(0)
                .to(torch::kFloat32)
                .masked_fill_(weights.le(0).to(features.device()), -std::numeric_limits<float>::infinity());
        top = torch::where(weights.gt(0).any().to(features.device()), counted.max(), top);
    }
    if (!top_.defined()) {
        top_ = top;
        return torch::ones_like(top);
    }
    const auto before = top_;
    top_ = torch::maximum(before, top);
    return (before - top_).exp_();
}

torch::Tensor Exponentials::of(const torch::Tensor& features) const {
    // Only where weights are 0 are there larger ones.
    return (features.to(torch::kFloat32) - top_).clamp_max_(0).exp_();
}

void LayerSums::add(const torch::Tensor& features, const torch::Tensor& weights,
                    std::optional<double> sum_of_weights) {
    if (!smoothed_ || features.numel() == 0)
        return sums_.add(features, weights, sum_of_weights);
    const auto shrunk = exponentials_.raise(features, weights).to(sums_.products.device(), torch::kFloat64);
    sums_.products.mul_(shrunk.square());
    sums_.values.mul_(shrunk);
    const double positions = sums_.positions;
    by_rows(features, [&](std::int64_t first, std::int64_t count) {
        sums_.add(exponentials_.of(features.narrow(2, first, count)), rows_of(weights, first, count),
                  sum_of_weights ? std::optional(0.0) : std::nullopt);
    });
    if (sum_of_weights)
        sums_.positions = positions + *sum_of_weights;
}

torch::Tensor LayerSums::factor() const {
    return double(sums_.values.size(0)) * sums_.positions / sums_.values.sum();
}

FeatureSums LayerSums::sums() const {
    if (!smoothed_)
        return sums_;
    auto smoothed = sums_;
    const auto factor = this->factor();
    smoothed.products = sums_.products * factor.square();
    smoothed.values = sums_.values * factor;
    return smoothed;
}

void LayerSums::add_gradient(const SumsGradient& of_sums, const torch::Tensor& features,
                             torch::Tensor& gradient, const torch::Tensor& weights) const {
    if (!smoothed_)
        return of_sums.add_to(features, gradient, weights);
    if (features.numel() == 0)
        return;
    // With exponentials E, their sums P = sum E E^T and v = sum E, and the factor s = count / sum_i v_i, the
    // loss sees s^2 P and s v; so v acts through s as well: ds / dv_i = -s / sum_i v_i.
    const auto factor = this->factor();
    auto of_factor = 2 * factor * (of_sums.products * sums_.products).sum();
    if (of_sums.values.defined())
        of_factor += (of_sums.values * sums_.values).sum();
    auto of_values = -of_factor * factor / sums_.values.sum();
    const SumsGradient of_exponentials{.products = of_sums.products * factor.square(),
                                       .values = of_sums.values.defined()
                                                     ? of_sums.values * factor + of_values
                                                     : of_values.expand_as(sums_.values)};
    by_rows(features, [&](std::int64_t first, std::int64_t count) {
        const auto exponentials = exponentials_.of(features.narrow(2, first, count));
        auto of_each = torch::zeros_like(exponentials);
        of_exponentials.add_to(exponentials, of_each, rows_of(weights, first, count));
        auto own = gradient.narrow(2, first, count);
        own.add_(of_each.mul_(exponentials)); // the derivative of an exponential
    });
}

} // namespace neural_style
