// SPDX-License-Identifier: GPL-3.0-or-later
#include "feature_matching.hpp"

#include <algorithm>
#include <torch/types.h>
#include <tuple>
#include <utility>

namespace neural_style {

namespace {

// Added to the content's variance in every direction: a share of the mean variance, but at least the second
// number. Limits how far sensor noise and bfloat16 rounding are amplified into strokes where a photo is flat.
// Chosen, not measured.
constexpr double variance_share = 3e-3, least_variance = 1e-4;

torch::Tensor mapped(const torch::Tensor& symmetric, double exponent) {
    const auto [values, vectors] = torch::linalg_eigh(symmetric);
    const auto least = values.max().clamp_min(1e-12) * 1e-10;
    return torch::matmul(vectors * torch::maximum(values, least).pow(exponent), vectors.t());
}

double added_variance(const FeatureMoments& content) {
    return std::max(content.covariance.diagonal().mean().item<double>() * variance_share, least_variance);
}

} // namespace

FeatureMoments FeatureMoments::of(const FeatureSums& sums) {
    const auto mean = sums.values / sums.positions;
    return {mean, sums.products / sums.positions - torch::outer(mean, mean)};
}

FeatureMoments FeatureMoments::mixed(const FeatureMoments& a, const FeatureMoments& b, double t) {
    const auto apart = b.mean - a.mean;
    return {torch::lerp(a.mean, b.mean, t),
            torch::lerp(a.covariance, b.covariance, t) + t * (1 - t) * torch::outer(apart, apart)};
}

StyleFeatures::StyleFeatures(FeatureMoments of_style)
    : moments(std::move(of_style)), root(mapped(moments.covariance, 0.5)) {}

LinearMap matching(const FeatureMoments& content, const StyleFeatures& style, Matching how) {
    const double added = added_variance(content);
    LinearMap map;
    if (how == Matching::deviation) {
        const auto ratio = style.moments.covariance.diagonal().clamp_min(0) /
                           (content.covariance.diagonal().clamp_min(0) + added);
        map.factor = torch::diag(ratio.sqrt());
    } else {
        auto covariance = content.covariance.clone();
        covariance.diagonal().add_(added);
        const auto between = mapped(torch::matmul(style.root, torch::matmul(covariance, style.root)), -0.5);
        map.factor = torch::matmul(style.root, torch::matmul(between, style.root));
    }
    map.offset = style.moments.mean - torch::mv(map.factor, content.mean);
    return map;
}

} // namespace neural_style
