// SPDX-License-Identifier: GPL-3.0-or-later
#include "smoothness.hpp"

#include "bands.hpp"
#include "smoothness_rows.hpp"

#include <algorithm>
#include <torch/types.h>

namespace neural_style {

namespace {

// Rows processed together: few enough for the cache.
constexpr std::int64_t rows_at_once = 64;

// The kernel [3, 3, 3, 3] of sum_n w_n (p - p_n) over a pixel's neighbours n, its colours mixed.
torch::Tensor difference_kernel(double color, double diagonals) {
    const double axes = 1 / (1 + 2 * diagonals);
    const double corners = diagonals * axes;
    const auto shape = torch::tensor({-corners, -axes, -corners, -axes, 4 * (axes + corners), -axes, -corners,
                                      -axes, -corners},
                                     torch::kFloat64)
                           .view({1, 1, 3, 3});
    const auto mix = torch::eye(3, torch::kFloat64) * (1 + color) - color / 3;
    return (mix.view({3, 3, 1, 1}) * shape).to(torch::kFloat32);
}

double total_variation(const torch::Tensor& picture, const SmoothnessWeights& weights, bool wraps,
                       torch::Tensor* gradient) {
    // E = <p, K p> for the kernel K of the differences from the neighbours, so that its derivative is 2 K p.
    const auto kernel = difference_kernel(weights.color, weights.diagonals).to(picture.device());
    double loss = 0;
    for (std::int64_t first = 0; first < picture.size(2); first += rows_at_once) {
        const auto rows = std::min(rows_at_once, picture.size(2) - first);
        const auto differences = torch::conv2d(with_surroundings(picture, first, rows, 1, wraps), kernel);
        loss += picture.narrow(2, first, rows).mul(differences).sum(torch::kFloat64).item<double>();
        if (gradient)
            gradient->narrow(2, first, rows).add_(differences, 2 * weights.tv);
    }
    return weights.tv * loss;
}

constexpr std::int64_t reach = 3; // of a sixth difference, in pixels

// Differences, and their transpose from differences to pixels.
torch::Tensor sixth_differences(const torch::Tensor& pixels, int dimension, std::int64_t padding) {
    const auto kernel =
        torch::tensor({1.0f, -6.0f, 15.0f, -20.0f, 15.0f, -6.0f, 1.0f}, torch::TensorOptions(pixels.device()))
            .view(dimension == 2 ? torch::IntArrayRef{1, 1, 2 * reach + 1, 1}
                                 : torch::IntArrayRef{1, 1, 1, 2 * reach + 1});
    const auto planes = pixels.transpose(0, 1);
    const auto found = dimension == 2 ? torch::conv2d(planes, kernel, {}, 1, torch::IntArrayRef{padding, 0})
                                      : torch::conv2d(planes, kernel, {}, 1, torch::IntArrayRef{0, padding});
    return found.transpose(0, 1);
}

double weave_along(const torch::Tensor& picture, int dimension, double weight, bool wraps,
                   torch::Tensor* gradient) {
    const auto height = picture.size(2);
    double loss = 0;
    for (std::int64_t first = 0; first < height; first += rows_at_once) {
        const auto rows = std::min(rows_at_once, height - first);
        // A gradient reaches twice as far as a difference. Without wrapping, differences end at the border.
        const auto around = 2 * reach;
        const auto top = wraps ? first - around : std::max<std::int64_t>(0, first - around);
        const auto bottom = wraps ? first + rows + around : std::min(height, first + rows + around);
        auto window = wraps ? with_surroundings(picture, first, rows, around, true)
                            : picture.narrow(2, top, bottom - top);
        if (window.size(dimension) < 2 * reach + 1)
            continue;
        const auto differences = sixth_differences(window, dimension, 0);
        // Each difference counts for the band and the columns that contain its centre.
        const auto shift = dimension == 2 ? reach : 0, side = dimension == 3 ? reach : 0;
        const auto begin = std::max<std::int64_t>(0, first - top - shift);
        const auto end = std::min(differences.size(2), first + rows - top - shift);
        auto own = differences.narrow(2, begin, std::max<std::int64_t>(0, end - begin));
        if (wraps)
            own = own.narrow(3, around - side, picture.size(3));
        loss += own.square().sum(torch::kFloat64).item<double>();
        if (gradient) {
            auto back = sixth_differences(differences, dimension, 2 * reach).narrow(2, first - top, rows);
            if (wraps)
                back = back.narrow(3, around, picture.size(3));
            gradient->narrow(2, first, rows).add_(back, 2 * weight);
        }
    }
    return weight * loss;
}

} // namespace

double smoothness(const torch::Tensor& picture, const SmoothnessWeights& weights, bool wraps,
                  torch::Tensor* gradient) {
    const auto is_plain = [](const torch::Tensor& t) {
        return t.is_cpu() && t.is_contiguous() && t.scalar_type() == torch::kFloat32 && t.size(1) == 3;
    };
    if (is_plain(picture) && (!gradient || is_plain(*gradient)))
        return smoothness_in_rows(picture, weights, wraps, gradient);
    double loss = 0;
    if (weights.tv > 0)
        loss += total_variation(picture, weights, wraps, gradient);
    if (weights.weave > 0)
        for (const int dimension : {2, 3})
            loss += weave_along(picture, dimension, weights.weave, wraps, gradient);
    return loss;
}

} // namespace neural_style
