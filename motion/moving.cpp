// SPDX-License-Identifier: GPL-3.0-or-later
#include "moving.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <opencv2/core/utility.hpp>
#include <utility>

namespace neural_style {

namespace {

constexpr int taps = 6;
constexpr int before = taps / 2 - 1; // taps that lie before the pixel left of, or above, the place

// Lagrange's weights for a place that is `t`, 0..1, behind that pixel.
std::array<float, taps> weights(float t) {
    // The products of the distances to all other points: the place's, over each point's own.
    constexpr auto divisors = [] {
        std::array<float, taps> products{};
        for (int i = 0; i < taps; ++i) {
            products[std::size_t(i)] = 1;
            for (int j = 0; j < taps; ++j)
                if (j != i)
                    products[std::size_t(i)] *= float(i - j);
        }
        return products;
    }();
    std::array<float, taps> shares;
    float product = 1;
    for (std::size_t i = 0; i < taps; ++i) {
        shares[i] = product;
        product *= t - float(int(i) - before);
    }
    product = 1;
    for (std::size_t i = taps; i-- > 0;) {
        shares[i] *= product;
        product *= t - float(int(i) - before);
    }
    for (std::size_t i = 0; i < taps; ++i)
        shares[i] /= divisors[i];
    return shares;
}

// Neighbours along one side: where they are, and how much each counts.
struct Along {
    int first; // of the neighbours; beyond a border the border is meant
    std::array<float, taps> shares;

    Along(float where, int side) {
        const float inside = std::clamp(where, 0.0f, float(side - 1)), low = std::floor(inside);
        shares = weights(inside - low);
        first = int(low) - before;
    }

    bool inside(int side) const { return first >= 0 && first + taps <= side; }
    int place(int i, int side) const { return std::clamp(first + i, 0, side - 1); }
};

using Neighbors = std::array<std::array<float, 3 * taps>, taps>;

Neighbors at_a_border(ImageView picture, const Along& across, const Along& down) {
    Neighbors neighbors;
    for (int j = 0; j < taps; ++j)
        for (int i = 0; i < taps; ++i)
            std::copy_n(picture.pixel(across.place(i, picture.width), down.place(j, picture.height)), 3,
                        neighbors[std::size_t(j)].begin() + 3 * i);
    return neighbors;
}

// First down, for all columns at once: their samples lie side by side.
void interpolate(const std::array<const float*, taps>& rows, const Along& across, const Along& down,
                 float* to) {
    std::array<float, 3 * taps> columns{};
    for (std::size_t j = 0; j < taps; ++j)
        for (std::size_t k = 0; k < columns.size(); ++k)
            columns[k] += down.shares[j] * rows[j][k];
    for (std::size_t i = 0; i < taps; ++i)
        for (std::size_t c = 0; c < 3; ++c)
            to[c] += across.shares[i] * columns[3 * i + c];
}

template <std::size_t count>
std::array<Image, count> moved_together(const std::array<ImageView, count>& pictures, const Flow& back) {
    const int width = pictures[0].width, height = pictures[0].height;
    std::array<Image, count> results;
    for (auto& result : results)
        result = Image(back.width, back.height);
    const auto rows = [&](const cv::Range& range) {
        for (int y = range.start; y < range.end; ++y)
            for (int x = 0; x < back.width; ++x) {
                const float* way = back.at(x, y);
                const Along across(float(x) + way[0], width), down(float(y) + way[1], height);
                const bool inside = across.inside(width) && down.inside(height);
                for (std::size_t p = 0; p < count; ++p) {
                    Neighbors border;
                    if (!inside)
                        border = at_a_border(pictures[p], across, down);
                    std::array<const float*, taps> from;
                    for (std::size_t j = 0; j < taps; ++j)
                        from[j] =
                            inside ? pictures[p].pixel(across.first, down.first + int(j)) : border[j].data();
                    interpolate(from, across, down, results[p].pixel(x, y));
                }
            }
    };
    cv::parallel_for_(cv::Range(0, back.height), rows);
    return results;
}

} // namespace

Image moved(ImageView picture, const Flow& back) {
    return std::move(moved_together<1>({picture}, back)[0]);
}

std::array<Image, 2> moved(const std::array<ImageView, 2>& pictures, const Flow& back) {
    return moved_together(pictures, back);
}

} // namespace neural_style
