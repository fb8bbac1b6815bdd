// SPDX-License-Identifier: GPL-3.0-or-later
#include "smoothness.hpp"

#include "bands.hpp"
#include "smoothness_rows.hpp"

#include <algorithm>
#include <torch/types.h>

namespace neural_style {

namespace {

// Rows that are looked at together: on the CPU few enough for the cache, elsewhere enough to keep the device
// busy.
std::int64_t rows_at_once(const torch::Tensor& picture) {
    constexpr std::int64_t on_cpu = 64, pixels_elsewhere = 1 << 22;
    return picture.is_cpu() ? on_cpu : std::max(on_cpu, pixels_elsewhere / picture.size(3));
}

// sum_n w_n (p - p_n) over a pixel's neighbours n, its colours mixed; `window` shows one pixel around them.
// Not a convolution: its kernel would have to be brought to the device.
torch::Tensor neighbor_differences(const torch::Tensor& window, const SmoothnessWeights& weights) {
    const double axes = 1 / (1 + 2 * weights.diagonals);
    const double corners = weights.diagonals * axes;
    const auto at = [&](std::int64_t down, std::int64_t across) {
        return window.narrow(2, 1 + down, window.size(2) - 2).narrow(3, 1 + across, window.size(3) - 2);
    };
    auto differences = at(0, 0) * (4 * (axes + corners));
    for (const int side : {-1, 1})
        differences.sub_(at(side, 0), axes).sub_(at(0, side), axes);
    if (corners > 0)
        for (const int down : {-1, 1})
            differences.sub_(at(down, -1), corners).sub_(at(down, 1), corners);
    if (weights.color == 0)
        return differences;
    const auto mean = differences.mean(1, /*keepdim=*/true);
    return differences.mul_(1 + weights.color).sub_(mean, weights.color);
}

Amount total_variation(const torch::Tensor& picture, const SmoothnessWeights& weights, bool wraps,
                       torch::Tensor* gradient) {
    // E = <p, K p> for the linear map K of the differences from the neighbours, so that its derivative is 2 K
    // p.
    const auto height = picture.size(2), band = rows_at_once(picture);
    Amount loss;
    for (std::int64_t first = 0; first < height; first += band) {
        const auto rows = std::min(band, height - first);
        const auto differences =
            neighbor_differences(with_surroundings(picture, first, rows, 1, wraps), weights);
        loss += Amount(picture.narrow(2, first, rows).mul(differences).sum(torch::kFloat64));
        if (gradient)
            gradient->narrow(2, first, rows).add_(differences, 2 * weights.tv);
    }
    return weights.tv * loss;
}

constexpr std::int64_t reach = 3; // of a sixth difference, in pixels

// Differences and what they make of the pixels: the transposed of each other, with `padding` of zeros.
torch::Tensor sixth_differences(const torch::Tensor& pixels, int dimension, std::int64_t padding) {
    if (padding == 0)
        return torch::diff(pixels, 2 * reach, dimension);
    const auto padded = dimension == 2 ? torch::constant_pad_nd(pixels, {0, 0, padding, padding})
                                       : torch::constant_pad_nd(pixels, {padding, padding});
    return torch::diff(padded, 2 * reach, dimension);
}

Amount weave_along(const torch::Tensor& picture, int dimension, double weight, bool wraps,
                   torch::Tensor* gradient) {
    const auto height = picture.size(2), band = rows_at_once(picture);
    Amount loss;
    for (std::int64_t first = 0; first < height; first += band) {
        const auto rows = std::min(band, height - first);
        // A gradient looks twice as far as a difference. Where nothing wraps, differences end at the border.
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
        loss += Amount(own.square().sum(torch::kFloat64));
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

Amount smoothness(const torch::Tensor& picture, const SmoothnessWeights& weights, bool wraps,
                  torch::Tensor* gradient, const OwnRows& own) {
    const auto is_plain = [](const torch::Tensor& t) {
        return t.is_cpu() && t.is_contiguous() && t.scalar_type() == torch::kFloat32 && t.size(1) == 3;
    };
    if (is_plain(picture) && (!gradient || is_plain(*gradient)))
        return smoothness_in_rows(picture, weights, wraps, gradient, own);
    Amount loss;
    if (weights.tv > 0)
        loss += total_variation(picture, weights, wraps, gradient);
    if (weights.weave > 0)
        for (const int dimension : {2, 3})
            loss += weave_along(picture, dimension, weights.weave, wraps, gradient);
    return loss;
}

} // namespace neural_style
