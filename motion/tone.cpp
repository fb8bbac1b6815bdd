// SPDX-License-Identifier: GPL-3.0-or-later
#include "tone.hpp"

#include "as_mat.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace neural_style {

namespace {

constexpr double large = 1.0 / 20; // deviation of the blur, of the longest side
// Deviation of the blur in the reduced picture, which is as fine as the blur needs.
constexpr double reduced_deviation = 3;
// Less trust around a place tells nothing about it.
constexpr float least_trust = 1e-3f;

} // namespace

void add_tone(Image& picture, ImageView from, ImageView to, const std::vector<float>& trust) {
    const cv::Size whole(picture.width(), picture.height());
    cv::Mat trusted(whole, CV_32F, const_cast<float*>(trust.data()));
    cv::Mat change = as_mat(to) - as_mat(from), weights;
    cv::cvtColor(trusted, weights, cv::COLOR_GRAY2RGB);
    change = change.mul(weights);

    const double factor = std::min(1.0, reduced_deviation / (large * std::max(whole.width, whole.height)));
    const auto side = [&](int full) { return std::max(1, int(std::lround(full * factor))); };
    const cv::Size small(side(whole.width), side(whole.height));
    const auto blurred = [&](const cv::Mat& mat) {
        cv::Mat reduced;
        cv::resize(mat, reduced, small, 0, 0, cv::INTER_AREA);
        cv::GaussianBlur(reduced, reduced, {}, reduced_deviation, 0, cv::BORDER_REFLECT);
        return reduced;
    };
    cv::Mat tone = blurred(change) / cv::max(blurred(weights), least_trust);
    cv::resize(tone, tone, whole, 0, 0, cv::INTER_LINEAR);
    auto to_change = as_mat(ImageView(picture));
    to_change += tone.mul(weights);
}

Image difference(Image one, ImageView other) {
    auto values = as_mat(ImageView(one));
    values -= as_mat(other);
    return one;
}

} // namespace neural_style
