// SPDX-License-Identifier: GPL-3.0-or-later
#include "palette.hpp"

#include "bands.hpp"
#include "oklab.hpp"

#include <algorithm>
#include <cmath>
#include <torch/types.h>

namespace neural_style {

namespace {

// A direction with less variance counts as flat: a quarter of an 8-bit step, squared.
constexpr double least_variance = 1e-6;

// Every photo has noise and JPEG blocks: contrast and colour grow by at most this. These limits are chosen by
// eye, on grey photos and narrow palettes.
constexpr double most_gain = 2.0, most_color = 2.5;
// A photo keeps this share of its contrast, whatever the other picture has.
constexpr double least_gain = 0.5;
// In a palette that is nearly black or white, all of a photo would collapse.
constexpr double darkest = 0.2, lightest = 0.85;
// The range between the mean and an end may exceed the available room by this factor, and is bent to fit.
constexpr double most_overshoot = 3;

// Where compression of colours begins, as a share of what sRGB allows.
constexpr double knee = 0.9;

using Matrix2 = std::array<std::array<double, 2>, 2>;

Matrix2 product(const Matrix2& a, const Matrix2& b) {
    Matrix2 c{};
    for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 2; ++j)
            c[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j];
    return c;
}

// function(eigenvalues) of a symmetric matrix.
template <typename Function>
Matrix2 of_eigenvalues(const Matrix2& m, Function function) {
    const double middle = (m[0][0] + m[1][1]) / 2, half = (m[0][0] - m[1][1]) / 2;
    const double radius = std::hypot(half, m[0][1]);
    const double angle = 0.5 * std::atan2(m[0][1], half);
    const double c = std::cos(angle), s = std::sin(angle);
    const double large = function(middle + radius), small = function(middle - radius);
    return {{{large * c * c + small * s * s, (large - small) * c * s},
             {(large - small) * c * s, large * s * s + small * c * c}}};
}

double variance(double value) {
    return std::max(value, least_variance);
}

// Covariance of the part of a and b that lightness does not predict.
Matrix2 beside_lightness(const ColorStatistics& s) {
    const auto& c = s.covariance;
    const double of_lightness = variance(c[0][0]);
    Matrix2 rest{};
    for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 2; ++j)
            rest[i][j] = c[i + 1][j + 1] - c[0][i + 1] * c[0][j + 1] / of_lightness;
    return rest;
}

// Bends x, which reaches `end` beyond `limit`, from `begin` on so that it ends at the limit: monotonically,
// with slope 1 at `begin`.
torch::Tensor bent(const torch::Tensor& x, double begin, double limit, double end) {
    const double ratio = (end - begin) / (limit - begin);
    if (ratio <= 1)
        return x;
    const auto u = ((x - begin) / (end - begin)).clamp_min_(0);
    const auto curve = (u * ratio / (u * (ratio - 1) + 1)).mul_(limit - begin).add_(begin);
    return torch::where((x - begin) * (limit - begin) > 0, curve, x);
}

} // namespace

ColorStatistics ColorStatistics::mixed(const ColorStatistics& other, double share) const {
    ColorStatistics both;
    for (int i = 0; i < 3; ++i)
        both.mean[i] = (1 - share) * mean[i] + share * other.mean[i];
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j)
            both.covariance[i][j] =
                (1 - share) * covariance[i][j] + share * other.covariance[i][j] +
                share * (1 - share) * (mean[i] - other.mean[i]) * (mean[j] - other.mean[j]);
    return both;
}

ColorStatistics statistics_of_colors(const torch::Tensor& picture, const torch::Tensor& weights,
                                     const std::stop_token& stop) {
    auto sum = torch::zeros({3}, torch::kFloat64), products = torch::zeros({3, 3}, torch::kFloat64);
    double pixels = 0;
    by_bands(picture, stop, [&](std::int64_t first, std::int64_t count) {
        const auto colors = to_oklab(picture.narrow(2, first, count)).view({3, -1}).to(torch::kFloat64).cpu();
        auto weighted = colors;
        if (weights.defined()) {
            const auto here = weights.narrow(2, first, count).reshape({1, -1}).to(torch::kFloat64).cpu();
            weighted = colors * here;
            pixels += here.sum().item<double>();
        } else {
            pixels += double(colors.size(1));
        }
        sum += weighted.sum(1);
        products += torch::matmul(weighted, colors.t());
    });
    if (pixels == 0)
        return statistics_of_colors(picture, {}, stop);
    ColorStatistics statistics;
    for (int i = 0; i < 3; ++i)
        statistics.mean[i] = sum[i].item<double>() / pixels;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j)
            statistics.covariance[i][j] =
                products[i][j].item<double>() / pixels - statistics.mean[i] * statistics.mean[j];
    return statistics;
}

PaletteMap::PaletteMap(const ColorStatistics& from, const ColorStatistics& to, double strength)
    : from_(from), to_(to), strength_(std::min(strength, 1.0)) {
    auto& middle = to_.mean[0];
    middle = std::clamp(middle, darkest, lightest);
    gain_ = std::clamp(std::sqrt(variance(to.covariance[0][0]) / variance(from.covariance[0][0])), least_gain,
                       most_gain);
    gain_ = std::min({gain_, most_overshoot * middle / std::max(from.mean[0], 1e-3),
                      most_overshoot * (1 - middle) / std::max(1 - from.mean[0], 1e-3)});
    for (int i = 0; i < 2; ++i) {
        lightness_of_color_[i] = from.covariance[0][i + 1] / variance(from.covariance[0][0]);
        to_lightness_of_color_[i] = to.covariance[0][i + 1] / variance(to.covariance[0][0]);
    }
    const auto before = beside_lightness(from), behind = beside_lightness(to);
    const auto root = of_eigenvalues(before, [](double v) { return std::sqrt(variance(v)); });
    const auto inverse = of_eigenvalues(before, [](double v) { return 1 / std::sqrt(variance(v)); });
    const auto between = of_eigenvalues(product(root, product(behind, root)),
                                        [](double v) { return std::sqrt(std::max(v, 0.0)); });
    color_ = of_eigenvalues(product(inverse, product(between, inverse)),
                            [](double v) { return std::min(v, most_color); });
}

torch::Tensor PaletteMap::in_oklab(const torch::Tensor& lab) const {
    auto result = torch::empty_like(lab);
    const auto lightness = lab.select(1, 0) - from_.mean[0];
    auto there = lightness * gain_ + to_.mean[0];
    const auto end = [&](double l) { return to_.mean[0] + gain_ * (l - from_.mean[0]); };
    there = bent(there, to_.mean[0], 1, end(1));
    there = bent(there, to_.mean[0], 0, end(0));
    result.select(1, 0).copy_(there);
    there.sub_(to_.mean[0]);
    for (int i = 0; i < 2; ++i) {
        auto color = result.select(1, i + 1);
        color.copy_(there * to_lightness_of_color_[i] + to_.mean[i + 1]);
        for (int j = 0; j < 2; ++j) {
            color.add_(lab.select(1, j + 1) - from_.mean[j + 1], color_[i][j]);
            color.sub_(lightness, color_[i][j] * lightness_of_color_[j]);
        }
    }
    return result;
}

torch::Tensor PaletteMap::operator()(const torch::Tensor& colors) const {
    if (strength_ == 0)
        return colors.clamp(0, 1);
    const auto lab = to_oklab(colors);
    return from_oklab(torch::lerp(lab, in_oklab(lab), strength_), 1 - strength_ * (1 - knee));
}

} // namespace neural_style
