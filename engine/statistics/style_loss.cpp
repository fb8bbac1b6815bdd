// SPDX-License-Identifier: GPL-3.0-or-later
#include "style_loss.hpp"

#include "as_matrix.hpp"
#include "feature_products.hpp"
#include "matrix_roots.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <torch/types.h>
#include <tuple>

namespace neural_style {

namespace {

// Added to the diagonal of covariances, whose features have a mean activation of about 1: keeps the square
// root differentiable in directions without variance (flat colours), and is far too small to be seen.
constexpr double least_variance = 1e-4;

// Positions whose products are summed in float32 before the sum is added in float64.
constexpr std::int64_t positions_at_once = 1 << 16;

// Where there are no eigenvalues to be mended, this share of the mean variance keeps rounding in float32 from
// making one negative.
constexpr double least_variance_share = 1e-5;

torch::Tensor covariance(const FeatureSums& sums, const torch::Tensor& mean) {
    auto result = sums.products / sums.positions - torch::outer(mean, mean);
    auto variances = result.diagonal();
    if (result.is_cpu())
        variances.add_(least_variance);
    else
        variances.add_((variances.mean() * least_variance_share).clamp_min(least_variance));
    return result;
}

torch::Tensor deviation(const FeatureSums& sums, const torch::Tensor& mean) {
    return (sums.products.diagonal() / sums.positions - mean.square())
        .clamp_min(0)
        .add(least_variance)
        .sqrt();
}

// f(matrix) for a symmetric matrix, by its eigenvalues, which are first raised to at least `least_variance`
// squared.
template <typename Function>
torch::Tensor of_symmetric(const torch::Tensor& matrix, Function function) {
    const auto [values, vectors] = torch::linalg_eigh(matrix.cpu());
    const auto mapped = function(values.clamp_min(least_variance * least_variance));
    return torch::matmul(vectors * mapped, vectors.t()).to(matrix.device());
}

torch::Tensor gram_of(const FeatureSums& sums) {
    return sums.products / sums.positions;
}

torch::Tensor mean_of(const FeatureSums& sums) {
    return sums.values / sums.positions;
}

StyleTarget::Comparison compare_grams(const FeatureSums& sums, const torch::Tensor& gram, double scale) {
    const auto difference = gram_of(sums) - gram;
    return {.loss = scale * Amount(difference.square().sum()),
            .gradient = {.products = difference * (2 * scale / sums.positions), .values = {}}};
}

StyleTarget::Comparison compare_moments(const FeatureSums& sums, const torch::Tensor& mean_there,
                                        const torch::Tensor& deviation_there) {
    const double channels = double(sums.values.size(0));
    const auto mean = mean_of(sums);
    const auto deviation_here = deviation(sums, mean);
    const auto of_deviation = 2 / channels * (deviation_here - deviation_there);
    const auto of_variance = of_deviation / (2 * deviation_here);
    const auto loss =
        Amount((mean - mean_there).square().sum() + (deviation_here - deviation_there).square().sum()) /
        channels;
    // The variance is the mean square minus the squared mean.
    const auto of_mean = 2 / channels * (mean - mean_there) - 2 * mean * of_variance;
    return {.loss = loss,
            .gradient = {.products = torch::diag(of_variance / sums.positions),
                         .values = of_mean / sums.positions}};
}

struct Root {
    torch::Tensor trace, inverse;
};

// Of a symmetric positive matrix.
Root root_of(const torch::Tensor& matrix) {
    if (!matrix.is_cpu()) {
        const auto [root, inverse] = matrix_roots(matrix);
        return {root.trace(), inverse};
    }
    const auto [values, vectors] = torch::linalg_eigh(matrix);
    const auto roots = values.clamp_min(least_variance * least_variance).sqrt();
    return {roots.sum(), torch::matmul(vectors / roots, vectors.t())};
}

// `root`: of the style's covariance.
StyleTarget::Comparison compare_gaussians(const FeatureSums& sums, const torch::Tensor& mean_there,
                                          const torch::Tensor& covariance_there, const torch::Tensor& root) {
    const double channels = double(sums.values.size(0));
    const auto mean = mean_of(sums);
    const auto covariance_here = covariance(sums, mean);
    const auto between = torch::matmul(root, torch::matmul(covariance_here, root));
    const auto [trace_of_root, inverse_root] = root_of(between);
    const auto mean_difference = mean - mean_there;
    const auto loss = Amount(mean_difference.square().sum() + covariance_here.trace() +
                             covariance_there.trace() - 2 * trace_of_root) /
                      channels;
    // d tr(X^1/2) / dX = 1/2 X^-1/2, and X = R C R with R the root of the style's covariance.
    auto of_covariance = -torch::matmul(root, torch::matmul(inverse_root, root));
    of_covariance.diagonal().add_(1);
    of_covariance /= channels;
    // C depends on the mean through -m m^T.
    const auto of_mean = 2 / channels * mean_difference - 2 * torch::mv(of_covariance, mean);
    return {.loss = loss,
            .gradient = {.products = of_covariance / sums.positions, .values = of_mean / sums.positions}};
}

} // namespace

FeatureSums::FeatureSums(std::int64_t channels, torch::Device device) {
    const auto options = torch::TensorOptions(device).dtype(torch::kFloat64);
    products = torch::zeros({channels, channels}, options);
    values = torch::zeros({channels}, options);
}

void FeatureSums::add(const torch::Tensor& features, const torch::Tensor& weights,
                      std::optional<double> sum_of_weights) {
    if (weights.defined())
        positions += sum_of_weights ? *sum_of_weights : weights.sum(torch::kFloat64).item<double>();
    else
        positions += double(features.size(2)) * double(features.size(3));
    if (products.is_cpu() && feature_products_apply(features)) {
        add_feature_products(features, weights, products, values);
        return;
    }
    // Bands of rows: their float32 copies fit into the cache, and features may be a part of a larger tensor.
    const auto rows = features.size(2), columns = features.size(3);
    const auto band = std::max<std::int64_t>(1, positions_at_once / std::max<std::int64_t>(1, columns));
    // Another device is waited for once, at the end, or not at all.
    const auto there = torch::TensorOptions(features.device()).dtype(torch::kFloat64);
    auto products_there = torch::zeros(products.sizes(), there),
         values_there = torch::zeros(values.sizes(), there);
    for (std::int64_t first = 0; first < rows; first += band) {
        const auto count = std::min(band, rows - first);
        const auto matrix = features.narrow(2, first, count)
                                .permute({0, 2, 3, 1})
                                .reshape({-1, features.size(1)})
                                .to(torch::kFloat32);
        auto weighted = matrix;
        if (weights.defined())
            weighted = matrix * weights.narrow(0, first, count).reshape({-1, 1}).to(matrix.device());
        products_there += torch::matmul(weighted.t(), matrix).to(torch::kFloat64);
        values_there += weighted.sum(0).to(torch::kFloat64);
    }
    products += products_there.to(products.device());
    values += values_there.to(values.device());
}

void SumsGradient::add(const SumsGradient& other, double factor) {
    products = products.defined() ? products.add(other.products, factor) : other.products * factor;
    if (other.values.defined())
        values = values.defined() ? values.add(other.values, factor) : other.values * factor;
}

void SumsGradient::add_to(const torch::Tensor& features, torch::Tensor& gradient,
                          const torch::Tensor& weights) const {
    const auto factor = (2 * products).to(features.device(), features.scalar_type());
    const auto constant = values.defined() ? values.to(features.device(), features.scalar_type())
                                           : torch::zeros({features.size(1)}, features.options());
    if (!weights.defined() && gradient.is_contiguous(torch::MemoryFormat::ChannelsLast) &&
        features.is_contiguous(torch::MemoryFormat::ChannelsLast)) {
        auto rows = as_matrix(gradient);
        rows.addmm_(as_matrix(features), factor).add_(constant);
        return;
    }
    auto own = torch::addmm(constant, features.permute({0, 2, 3, 1}).reshape({-1, features.size(1)}), factor);
    if (weights.defined())
        own.mul_(weights.reshape({-1, 1}).to(own.device(), own.scalar_type()));
    gradient.add_(own.view({1, features.size(2), features.size(3), features.size(1)}).permute({0, 3, 1, 2}));
}

StyleTarget::Comparison StyleTarget::compare(const FeatureSums& sums) const {
    const torch::NoGradGuard no_grad;
    // Eigenvalues of what is not a number do not exist; the caller wants a loss that says so, not an
    // exception.
    if (sums.products.is_cpu() && !std::isfinite(sums.products.sum().item<double>()))
        return {.loss = std::numeric_limits<double>::quiet_NaN(),
                .gradient = {.products = torch::zeros_like(sums.products), .values = {}}};
    return compare_(sums);
}

StyleTarget formula_target(const FeatureSums& style) {
    return StyleTarget([gram = gram_of(style)](const FeatureSums& sums) {
        const double channels = double(sums.values.size(0));
        return compare_grams(sums, gram, 1 / (4 * channels * channels));
    });
}

StyleTarget classic_target(const FeatureSums& style) {
    return StyleTarget([gram = gram_of(style)](const FeatureSums& sums) {
        const double channels = double(sums.values.size(0));
        return compare_grams(sums, gram, sums.positions / channels * (sums.positions / channels));
    });
}

StyleTarget gram_target(const FeatureSums& style) {
    const auto gram = gram_of(style);
    const double scale = 1 / std::max(gram.square().sum().item<double>(), least_variance);
    return StyleTarget([gram, scale](const FeatureSums& sums) { return compare_grams(sums, gram, scale); });
}

StyleTarget moments_target(const FeatureSums& style) {
    const auto mean = mean_of(style);
    return StyleTarget([mean, deviation = deviation(style, mean)](const FeatureSums& sums) {
        return compare_moments(sums, mean, deviation);
    });
}

StyleTarget gaussian_target(const FeatureSums& style) {
    const auto mean = mean_of(style);
    const auto covariance_there = covariance(style, mean);
    return StyleTarget([mean, covariance_there, root = of_symmetric(covariance_there, [](const auto& values) {
                                                    return values.sqrt();
                                                })](const FeatureSums& sums) {
        return compare_gaussians(sums, mean, covariance_there, root);
    });
}

} // namespace neural_style
