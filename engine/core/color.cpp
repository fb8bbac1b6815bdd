// SPDX-License-Identifier: GPL-3.0-or-later
#include "color.hpp"

#include <torch/types.h>

namespace neural_style {

namespace {

// Variance below which a colour direction counts as flat: a quarter of an 8-bit step, squared.
constexpr double least_variance = 1e-6;

torch::Tensor luma(const torch::Tensor& picture) {
    const auto weights = torch::tensor({0.299, 0.587, 0.114}, picture.options()).view({1, 3, 1, 1});
    return (picture * weights).sum(1, /*keepdim=*/true);
}

struct ColorStatistics {
    torch::Tensor mean;       // [3]
    torch::Tensor covariance; // [3, 3]
};

ColorStatistics statistics(const torch::Tensor& picture) {
    const auto colors = picture.view({3, -1}).to(torch::kFloat64).cpu();
    const auto mean = colors.mean(1);
    const auto centred = colors - mean.unsqueeze(1);
    auto covariance = torch::matmul(centred, centred.t()) / double(colors.size(1));
    covariance.diagonal().add_(least_variance);
    return {mean, covariance};
}

torch::Tensor power(const torch::Tensor& symmetric, double exponent) {
    const auto [values, vectors] = torch::linalg_eigh(symmetric);
    return torch::matmul(vectors * values.clamp_min(least_variance * least_variance).pow(exponent),
                         vectors.t());
}

} // namespace

torch::Tensor with_colors_of(const torch::Tensor& painting, const torch::Tensor& content) {
    // Adding the difference of luma to every channel leaves the chroma differences as they are.
    return (content + (luma(painting) - luma(content))).clamp_(0, 1);
}

torch::Tensor with_palette_of(const torch::Tensor& content, const torch::Tensor& style) {
    const auto from = statistics(content);
    const auto to = statistics(style);
    const auto root = power(from.covariance, 0.5);
    const auto inverse_root = power(from.covariance, -0.5);
    const auto between = power(torch::matmul(root, torch::matmul(to.covariance, root)), 0.5);
    const auto map = torch::matmul(inverse_root, torch::matmul(between, inverse_root)).to(content.options());
    const auto shift = (to.mean.to(content.options()) - torch::mv(map, from.mean.to(content.options())));
    return torch::matmul(map, content.view({3, -1}))
        .add_(shift.unsqueeze(1))
        .view(content.sizes())
        .clamp_(0, 1);
}

} // namespace neural_style
