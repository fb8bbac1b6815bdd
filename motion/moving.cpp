// SPDX-License-Identifier: GPL-3.0-or-later
#include "moving.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/core/utility.hpp>

namespace neural_style {

namespace {

constexpr int taps = 6;
constexpr int before = taps / 2 - 1; // taps that lie before the pixel left of, or above, the place

// Lagrange's weights for a place that is `t`, 0..1, behind that pixel.
std::array<float, taps> weights(float t) {
    std::array<float, taps> shares;
    for (int i = 0; i < taps; ++i) {
        float share = 1;
        for (int j = 0; j < taps; ++j)
            if (j != i)
                share *= (t - float(j - before)) / float(i - j);
        shares[std::size_t(i)] = share;
    }
    return shares;
}

// Neighbours along one side: where they are, and how much each counts.
struct Along {
    std::array<int, taps> places;
    std::array<float, taps> shares;

    Along(float where, int side) {
        const float inside = std::clamp(where, 0.0f, float(side - 1)), low = std::floor(inside);
        shares = weights(inside - low);
        for (int i = 0; i < taps; ++i)
            places[std::size_t(i)] = std::clamp(int(low) - before + i, 0, side - 1);
    }
};

} // namespace

Image moved(ImageView picture, const Flow& back) {
    Image result(back.width, back.height);
    const auto rows = [&](const cv::Range& range) {
        for (int y = range.start; y < range.end; ++y)
            for (int x = 0; x < back.width; ++x) {
                const float* way = back.at(x, y);
                const Along across(float(x) + way[0], picture.width), down(float(y) + way[1], picture.height);
                float* to = result.pixel(x, y);
                for (std::size_t j = 0; j < taps; ++j)
                    for (std::size_t i = 0; i < taps; ++i) {
                        const float share = down.shares[j] * across.shares[i];
                        const float* from = picture.pixel(across.places[i], down.places[j]);
                        for (int c = 0; c < 3; ++c)
                            to[c] += share * from[c];
                    }
            }
    };
    cv::parallel_for_(cv::Range(0, back.height), rows);
    return result;
}

} // namespace neural_style
