// SPDX-License-Identifier: GPL-3.0-or-later
#include "color.hpp"

#include "guarded.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <torch/types.h>

namespace neural_style {

namespace {

// Variance below which a colour direction counts as flat: a quarter of an 8-bit step, squared.
constexpr double least_variance = 1e-6;

torch::Tensor luma(const torch::Tensor& picture) {
    const auto weights = torch::tensor({0.299, 0.587, 0.114}, picture.options()).view({1, 3, 1, 1});
    return (picture * weights).sum(1, /*keepdim=*/true);
}

// Rows that are looked at together.
constexpr std::int64_t rows_at_once = 256;

// Calls work(first, count) for bands of the picture's rows.
template <typename Work>
void by_bands(const torch::Tensor& picture, const std::stop_token& stop, Work work) {
    for (std::int64_t first = 0; first < picture.size(2); first += rows_at_once) {
        stop_if_asked(stop);
        work(first, std::min(rows_at_once, picture.size(2) - first));
    }
}

struct ColorStatistics {
    torch::Tensor mean;       // [3]
    torch::Tensor covariance; // [3, 3]
};

ColorStatistics statistics(const torch::Tensor& picture, const std::stop_token& stop) {
    auto sum = torch::zeros({3}, torch::kFloat64), products = torch::zeros({3, 3}, torch::kFloat64);
    by_bands(picture, stop, [&](std::int64_t first, std::int64_t count) {
        const auto colors = picture.narrow(2, first, count).reshape({3, -1}).to(torch::kFloat64).cpu();
        sum += colors.sum(1);
        products += torch::matmul(colors, colors.t());
    });
    const double pixels = double(picture.size(2)) * double(picture.size(3));
    const auto mean = sum / pixels;
    auto covariance = products / pixels - torch::outer(mean, mean);
    covariance.diagonal().add_(least_variance);
    return {mean, covariance};
}

torch::Tensor power(const torch::Tensor& symmetric, double exponent) {
    const auto [values, vectors] = torch::linalg_eigh(symmetric);
    return torch::matmul(vectors * values.clamp_min(least_variance * least_variance).pow(exponent),
                         vectors.t());
}

// Two passes of a box of 2 * radius + 1 pixels: nearly a Gaussian.
torch::Tensor blurred(torch::Tensor picture, std::int64_t radius) {
    const auto along = [&](const torch::Tensor& t, bool across) {
        const std::array<std::int64_t, 2> kernel{across ? 1 : 2 * radius + 1, across ? 2 * radius + 1 : 1};
        const std::array<std::int64_t, 2> padding{across ? 0 : radius, across ? radius : 0};
        return torch::avg_pool2d(t, kernel, {1, 1}, padding, false, /*count_include_pad=*/false);
    };
    for (int pass = 0; pass < 2; ++pass)
        picture = along(along(picture, true), false);
    return picture;
}

// Share of the picture's side that counts as fine detail: eyes and letters in a photo that fills a screen.
constexpr double detail_side = 1.0 / 400;
// Local contrast of fine luma, root mean square, at which half of the detail goes back: above a sensor's
// noise.
constexpr double detail_contrast = 0.012;

bool keeps_content_colors(const Settings& settings) {
    return settings.colors == Colors::content && settings.color_transfer == ColorTransfer::luminance;
}

} // namespace

void keep_colors(torch::Tensor& painting, const torch::Tensor& content, const std::stop_token& stop) {
    by_bands(painting, stop, [&](std::int64_t first, std::int64_t count) {
        auto painted = painting.narrow(2, first, count);
        const auto here = content.narrow(2, first, count);
        // Adding the difference of luma to every channel leaves the chroma differences as they are.
        painted.copy_((here + (luma(painted) - luma(here))).clamp_(0, 1));
    });
}

torch::Tensor with_palette_of(const torch::Tensor& content, const torch::Tensor& style,
                              const std::stop_token& stop) {
    const auto from = statistics(content, stop);
    const auto to = statistics(style, stop);
    const auto root = power(from.covariance, 0.5);
    const auto inverse_root = power(from.covariance, -0.5);
    const auto between = power(torch::matmul(root, torch::matmul(to.covariance, root)), 0.5);
    const auto map = torch::matmul(inverse_root, torch::matmul(between, inverse_root)).to(content.options());
    const auto shift = (to.mean.to(content.options()) - torch::mv(map, from.mean.to(content.options())));
    auto result = torch::empty_like(content);
    by_bands(content, stop, [&](std::int64_t first, std::int64_t count) {
        const auto band = content.narrow(2, first, count);
        result.narrow(2, first, count)
            .copy_(torch::matmul(map, band.reshape({3, -1})).add_(shift.unsqueeze(1)).view(band.sizes()));
    });
    return result.clamp_(0, 1);
}

void keep_detail(torch::Tensor& painting, const torch::Tensor& content, double share,
                 const std::stop_token& stop) {
    const double side = std::sqrt(double(painting.size(2)) * double(painting.size(3)));
    const auto radius = std::max<std::int64_t>(1, std::lround(side * detail_side));
    // Two blurs of two passes each look this far; bands read the painting as it was, so its luma is kept.
    const auto reach = 4 * radius;
    const auto painted_luma = luma(painting);
    by_bands(painting, stop, [&](std::int64_t first, std::int64_t count) {
        const auto top = std::max<std::int64_t>(0, first - reach);
        const auto bottom = std::min(painting.size(2), first + count + reach);
        const auto fine = [&](const torch::Tensor& luma_here) {
            return luma_here - blurred(luma_here, radius);
        };
        const auto fine_content = fine(luma(content.narrow(2, top, bottom - top)));
        const auto fine_painting = fine(painted_luma.narrow(2, top, bottom - top));
        const auto contrast = blurred(fine_content.square(), radius).clamp_min_(0).sqrt_();
        const auto there = contrast / (contrast + detail_contrast);
        const auto change =
            (there * (fine_content - fine_painting)).mul_(share).narrow(2, first - top, count);
        auto band = painting.narrow(2, first, count);
        band.copy_((band + change).clamp_(0, 1));
    });
}

bool finishes(const Settings& settings) {
    return !settings.texture && (settings.detail > 0 || keeps_content_colors(settings));
}

void finish(torch::Tensor& painting, const torch::Tensor& content, const Settings& settings,
            const std::stop_token& stop) {
    if (settings.texture)
        return;
    if (settings.detail > 0)
        keep_detail(painting, content, settings.detail, stop);
    if (keeps_content_colors(settings))
        keep_colors(painting, content, stop);
}

} // namespace neural_style
