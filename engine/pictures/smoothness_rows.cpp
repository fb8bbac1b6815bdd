// SPDX-License-Identifier: GPL-3.0-or-later
#include "smoothness_rows.hpp"

#include <ATen/Parallel.h>
#include <algorithm>
#include <array>
#include <numeric>
#include <torch/types.h>
#include <vector>

namespace neural_style {

namespace {

constexpr std::int64_t channels = 3;
constexpr std::int64_t reach = 3; // of a sixth difference, in pixels
// Rows that one thread processes together; those around them are processed again.
constexpr std::int64_t rows_at_once = 32;

// The dot product, in as many partial sums as the compiler can add at once.
double inner_product(const float* a, const float* b, std::int64_t length) {
    constexpr std::int64_t lanes = 16;
    std::array<float, lanes> sums{};
    std::int64_t i = 0;
    for (; i + lanes <= length; i += lanes)
        for (std::int64_t lane = 0; lane < lanes; ++lane)
            sums[std::size_t(lane)] += a[i + lane] * b[i + lane];
    double sum = std::accumulate(sums.begin(), sums.end(), 0.0);
    for (; i < length; ++i)
        sum += double(a[i]) * b[i];
    return sum;
}

// to[i] += factor * values[i]
void add_times(const float* values, float factor, std::int64_t length, float* to) {
    for (std::int64_t i = 0; i < length; ++i)
        to[i] += factor * values[i];
}

// One channel, extended beyond its border.
struct Plane {
    const float* pixels;
    std::int64_t height, width;
    bool wraps;

    const float* row(std::int64_t y) const {
        const auto there =
            wraps ? (y % height + height) % height : std::clamp<std::int64_t>(y, 0, height - 1);
        return pixels + there * width;
    }
    // Row y with `around` more pixels on both sides.
    void copy_row(std::int64_t y, std::int64_t around, float* to) const {
        const auto* from = row(y);
        std::copy_n(from, width, to + around);
        for (std::int64_t i = 1; i <= around; ++i) {
            const auto left = (width - i % width) % width, right = (i - 1) % width;
            to[around - i] = from[wraps ? left : 0];
            to[around + width + i - 1] = from[wraps ? right : width - 1];
        }
    }
};

std::array<Plane, channels> planes(const torch::Tensor& picture, bool wraps) {
    const auto height = picture.size(2), width = picture.size(3);
    const auto* pixels = picture.const_data_ptr<float>();
    return {Plane{pixels, height, width, wraps}, Plane{pixels + height * width, height, width, wraps},
            Plane{pixels + 2 * height * width, height, width, wraps}};
}

// One row of weighted differences between a pixel and its neighbours; `up`, `here` and `down` start one pixel
// before the row.
void neighbor_differences(const float* up, const float* here, const float* down, float axes, float corners,
                          std::int64_t width, float* to) {
    const float middle = 4 * (axes + corners);
    for (std::int64_t x = 0; x < width; ++x)
        to[x] = middle * here[x + 1] - axes * (up[x + 1] + down[x + 1] + here[x] + here[x + 2]) -
                corners * (up[x] + up[x + 2] + down[x] + down[x + 2]);
}

double total_variation(const std::array<Plane, channels>& picture, const SmoothnessWeights& weights,
                       std::int64_t first, std::int64_t end, float* gradient) {
    const auto [pixels, height, width, wraps] = picture[0];
    const float axes = float(1 / (1 + 2 * weights.diagonals)), corners = float(weights.diagonals) * axes;
    const auto padded = std::size_t(width + 2), length = std::size_t(width);
    std::vector<float> rows(3 * channels * padded), differences(channels * length), mean(length);
    const auto row = [&](std::int64_t c, std::int64_t y) {
        return rows.data() + std::size_t(3 * c + (y + 3) % 3) * padded;
    };
    for (std::int64_t c = 0; c < channels; ++c)
        for (const auto y : {first - 1, first})
            picture[std::size_t(c)].copy_row(y, 1, row(c, y));
    double loss = 0;
    for (auto y = first; y < end; ++y) {
        std::ranges::fill(mean, 0.0f);
        for (std::int64_t c = 0; c < channels; ++c) {
            picture[std::size_t(c)].copy_row(y + 1, 1, row(c, y + 1));
            auto* here = differences.data() + std::size_t(c) * length;
            neighbor_differences(row(c, y - 1), row(c, y), row(c, y + 1), axes, corners, width, here);
            for (std::size_t x = 0; x < length; ++x)
                mean[x] += here[x] / channels;
        }
        for (std::int64_t c = 0; c < channels; ++c) {
            auto* here = differences.data() + std::size_t(c) * length;
            for (std::size_t x = 0; x < length; ++x)
                here[x] += float(weights.color) * (here[x] - mean[x]);
            loss += inner_product(row(c, y) + 1, here, width);
            if (gradient)
                add_times(here, float(2 * weights.tv), width, gradient + (c * height + y) * width);
        }
    }
    return weights.tv * loss;
}

// to[x] = sum over t of the binomial (-1)^t (6 t) rows[t][x]
void sixth_difference(const std::array<const float*, 2 * reach + 1>& rows, std::int64_t width, float* to) {
    const auto [a, b, c, d, e, f, g] = rows;
    for (std::int64_t x = 0; x < width; ++x)
        to[x] = (a[x] + g[x]) - 6 * (b[x] + f[x]) + 15 * (c[x] + e[x]) - 20 * d[x];
}

std::array<const float*, 2 * reach + 1> shifted(const float* row, std::int64_t step) {
    return {row, row + step, row + 2 * step, row + 3 * step, row + 4 * step, row + 5 * step, row + 6 * step};
}

double weave_across(const Plane& plane, double weight, std::int64_t first, std::int64_t end,
                    float* gradient) {
    const auto width = plane.width;
    if (!plane.wraps && width < 2 * reach + 1)
        return 0;
    std::vector<float> pixels(std::size_t(width + 4 * reach)), differences(pixels.size(), 0.0f),
        back(std::size_t(width), 0.0f);
    double loss = 0;
    for (auto y = first; y < end; ++y) {
        plane.copy_row(y, 2 * reach, pixels.data());
        // differences[i] belongs to pixel i - reach. Without wrapping they end at the border, and those
        // beyond stay 0.
        const auto begin = plane.wraps ? 0 : 2 * reach, end_here = plane.wraps ? width + 2 * reach : width;
        sixth_difference(shifted(pixels.data() + begin, 1), end_here - begin, differences.data() + begin);
        const auto own = std::max(begin, reach), own_end = std::min(end_here, width + reach);
        loss += inner_product(differences.data() + own, differences.data() + own, own_end - own);
        if (gradient) {
            sixth_difference(shifted(differences.data(), 1), width, back.data());
            add_times(back.data(), float(2 * weight), width, gradient + y * width);
        }
    }
    return weight * loss;
}

double weave_down(const Plane& plane, double weight, std::int64_t first, std::int64_t end, float* gradient) {
    const auto width = plane.width, height = plane.height;
    if (!plane.wraps && height < 2 * reach + 1)
        return 0;
    // From row first - reach on; rows without a difference stay 0.
    std::vector<float> differences(std::size_t((end - first + 2 * reach) * width), 0.0f),
        back(std::size_t(width), 0.0f);
    const auto has_difference = [&](std::int64_t y) {
        return plane.wraps || (y >= reach && y < height - reach);
    };
    const auto difference = [&](std::int64_t y) { return differences.data() + (y - first + reach) * width; };
    double loss = 0;
    for (auto y = first - reach; y < end + reach; ++y) {
        if (!has_difference(y))
            continue;
        sixth_difference({plane.row(y - 3), plane.row(y - 2), plane.row(y - 1), plane.row(y),
                          plane.row(y + 1), plane.row(y + 2), plane.row(y + 3)},
                         width, difference(y));
        if (y >= first && y < end)
            loss += inner_product(difference(y), difference(y), width);
    }
    if (gradient)
        for (auto y = first; y < end; ++y) {
            sixth_difference(shifted(difference(y - reach), width), width, back.data());
            add_times(back.data(), float(2 * weight), width, gradient + y * width);
        }
    return weight * loss;
}

} // namespace

double smoothness_in_rows(const torch::Tensor& picture, const SmoothnessWeights& weights, bool wraps,
                          torch::Tensor* gradient, const OwnRows& own) {
    const auto height = picture.size(2), width = picture.size(3);
    const auto own_end = own.count > 0 ? own.first + own.count : height;
    const auto of_picture = planes(picture, wraps);
    auto* const to = gradient ? gradient->data_ptr<float>() : nullptr;
    const auto bands = (own_end - own.first + rows_at_once - 1) / rows_at_once;
    std::vector<double> losses(std::size_t(bands), 0.0);
    at::parallel_for(0, bands, 1, [&](std::int64_t from, std::int64_t until) {
        for (auto band = from; band < until; ++band) {
            const auto first = own.first + band * rows_at_once, end = std::min(own_end, first + rows_at_once);
            auto& loss = losses[std::size_t(band)];
            if (weights.tv > 0)
                loss += total_variation(of_picture, weights, first, end, to);
            if (weights.weave > 0)
                for (std::int64_t c = 0; c < channels; ++c) {
                    auto* const of_channel = to ? to + c * height * width : nullptr;
                    const auto& plane = of_picture[std::size_t(c)];
                    loss += weave_across(plane, weights.weave, first, end, of_channel);
                    loss += weave_down(plane, weights.weave, first, end, of_channel);
                }
        }
    });
    return std::accumulate(losses.begin(), losses.end(), 0.0);
}

} // namespace neural_style
