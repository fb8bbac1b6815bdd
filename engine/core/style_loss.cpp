// SPDX-License-Identifier: GPL-3.0-or-later
#include "style_loss.hpp"

#include "backbone.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <torch/types.h>
#include <tuple>

namespace neural_style {

namespace {

// Added to the diagonal of covariances, whose features have a mean activation of about 1: keeps the square
// root differentiable where a direction does not vary (flat colours), and is far below what can be seen.
constexpr double least_variance = 1e-4;

// Positions whose products are summed in float32 before they go on in float64.
constexpr std::int64_t positions_at_once = 1 << 16;

torch::Tensor covariance(const FeatureSums& sums, const torch::Tensor& mean) {
    auto result = sums.products / sums.positions - torch::outer(mean, mean);
    result.diagonal().add_(least_variance);
    return result;
}

// f(matrix) for a symmetric matrix, through its eigenvalues, which are raised to `least_variance` squared
// first.
template <typename Function>
torch::Tensor of_symmetric(const torch::Tensor& matrix, Function function) {
    const auto [values, vectors] = torch::linalg_eigh(matrix);
    const auto mapped = function(values.clamp_min(least_variance * least_variance));
    return torch::matmul(vectors * mapped, vectors.t());
}

} // namespace

FeatureSums::FeatureSums(std::int64_t channels)
    : products(torch::zeros({channels, channels}, torch::kFloat64)),
      values(torch::zeros({channels}, torch::kFloat64)) {}

void FeatureSums::add(const torch::Tensor& features) {
    const auto matrix = as_matrix(features);
    for (std::int64_t first = 0; first < matrix.size(0); first += positions_at_once) {
        const auto rows = matrix.narrow(0, first, std::min(positions_at_once, matrix.size(0) - first));
        products += torch::matmul(rows.t(), rows).to(torch::kCPU, torch::kFloat64);
        values += rows.sum(0).to(torch::kCPU, torch::kFloat64);
    }
    positions += double(matrix.size(0));
}

void SumsGradient::add_to(const torch::Tensor& features, torch::Tensor& gradient, double weight) const {
    auto rows = as_matrix(gradient);
    const auto factor = (2 * weight * products).to(features.device(), features.scalar_type());
    rows.addmm_(as_matrix(features), factor);
    if (values.defined())
        rows.add_((weight * values).to(features.device(), features.scalar_type()));
}

StyleTarget::StyleTarget(StyleLoss kind, const FeatureSums& style) : kind_(kind) {
    if (kind == StyleLoss::formula) {
        gram_ = style.products / style.positions;
        return;
    }
    mean_ = style.values / style.positions;
    covariance_ = covariance(style, mean_);
    covariance_root_ = of_symmetric(covariance_, [](const auto& values) { return values.sqrt(); });
}

StyleTarget::Comparison StyleTarget::compare(const FeatureSums& sums) const {
    const torch::NoGradGuard no_grad;
    // Eigenvalues of what is not a number do not exist; the caller wants a loss that says so, not an
    // exception.
    if (!std::isfinite(sums.products.sum().item<double>()))
        return {.loss = std::numeric_limits<double>::quiet_NaN(),
                .gradient = {.products = torch::zeros_like(sums.products), .values = {}}};
    return kind_ == StyleLoss::formula ? compare_formula(sums) : compare_gaussian(sums);
}

StyleTarget::Comparison StyleTarget::compare_formula(const FeatureSums& sums) const {
    const double channels = double(sums.values.size(0));
    const auto difference = sums.products / sums.positions - gram_;
    const double scale = 1 / (4 * channels * channels);
    return {.loss = scale * difference.square().sum().item<double>(),
            .gradient = {.products = difference * (2 * scale / sums.positions), .values = {}}};
}

StyleTarget::Comparison StyleTarget::compare_gaussian(const FeatureSums& sums) const {
    const double channels = double(sums.values.size(0));
    const auto mean = sums.values / sums.positions;
    const auto covariance_here = covariance(sums, mean);
    const auto between = torch::matmul(covariance_root_, torch::matmul(covariance_here, covariance_root_));
    const auto [values, vectors] = torch::linalg_eigh(between);
    const auto roots = values.clamp_min(least_variance * least_variance).sqrt();
    const auto mean_difference = mean - mean_;
    const double loss =
        (mean_difference.square().sum() + covariance_here.trace() + covariance_.trace() - 2 * roots.sum())
            .item<double>() /
        channels;
    // d tr(X^1/2) / dX = 1/2 X^-1/2, and X = R C R with R the root of the style's covariance.
    const auto inverse_root = torch::matmul(vectors / roots, vectors.t());
    auto of_covariance = -torch::matmul(covariance_root_, torch::matmul(inverse_root, covariance_root_));
    of_covariance.diagonal().add_(1);
    of_covariance /= channels;
    // C depends on the mean by -m m^T.
    const auto of_mean = 2 / channels * mean_difference - 2 * torch::mv(of_covariance, mean);
    return {.loss = loss,
            .gradient = {.products = of_covariance / sums.positions, .values = of_mean / sums.positions}};
}

} // namespace neural_style
