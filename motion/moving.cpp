// SPDX-License-Identifier: GPL-3.0-or-later
#include "moving.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/core/utility.hpp>

namespace neural_style {

namespace {

// Weights of the pixels at -1, 0, 1 and 2 for a place at `t`, 0..1.
std::array<float, 4> weights(float t) {
    const float tt = t * t, ttt = tt * t;
    return {0.5f * (-t + 2 * tt - ttt), 0.5f * (2 - 5 * tt + 3 * ttt), 0.5f * (t + 4 * tt - 3 * ttt),
            0.5f * (-tt + ttt)};
}

// Four neighbours along one side: where they are, and how much each counts.
struct Along {
    std::array<int, 4> places;
    std::array<float, 4> shares;

    Along(float where, int side) {
        const float low = std::floor(std::clamp(where, 0.0f, float(side - 1)));
        shares = weights(std::clamp(where, 0.0f, float(side - 1)) - low);
        for (int i = 0; i < 4; ++i)
            places[i] = std::clamp(int(low) - 1 + i, 0, side - 1);
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
                for (int j = 0; j < 4; ++j)
                    for (int i = 0; i < 4; ++i) {
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
