// SPDX-License-Identifier: GPL-3.0-or-later
#include "trust.hpp"

#include "as_mat.hpp"
#include "places.hpp"

#include <opencv2/imgproc.hpp>

namespace neural_style {

namespace {

float square(float value) {
    return value * value;
}

} // namespace

std::vector<float> trusted(const Flows& flows) {
    const auto& [back, forth] = flows;
    const int width = back.width, height = back.height;
    std::vector<float> trust(std::size_t(width) * std::size_t(height));
    const auto there_places = places(back);
    cv::Mat forth_there;
    cv::remap(as_mat(forth), forth_there, there_places, {}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    const auto outside = [](float place, int side) { return place < -0.5f || place > float(side) - 0.5f; };
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const float* way = back.at(x, y);
            const auto& place = there_places.at<cv::Vec2f>(y, x);
            if (outside(place[0], width) || outside(place[1], height))
                continue;
            const auto& there = forth_there.at<cv::Vec2f>(y, x);
            const float length = square(way[0]) + square(way[1]);
            if (square(there[0] + way[0]) + square(there[1] + way[1]) >
                0.01f * (length + square(there[0]) + square(there[1])) + 0.5f)
                continue;
            const float *right = back.at(std::min(x + 1, width - 1), y),
                        *left = back.at(std::max(x - 1, 0), y),
                        *below = back.at(x, std::min(y + 1, height - 1)),
                        *above = back.at(x, std::max(y - 1, 0));
            float bends = 0;
            for (int c = 0; c < 2; ++c)
                bends += square((right[c] - left[c]) / 2) + square((below[c] - above[c]) / 2);
            if (bends <= 0.01f * length + 0.002f)
                trust[std::size_t(y) * std::size_t(width) + std::size_t(x)] = 1;
        }
    return trust;
}

} // namespace neural_style
