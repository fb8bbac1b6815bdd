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

cv::Mat for_each_channel(const std::vector<float>& trust, cv::Size size) {
    cv::Mat weights;
    cv::cvtColor(cv::Mat(size, CV_32F, const_cast<float*>(trust.data())), weights, cv::COLOR_GRAY2RGB);
    return weights;
}

// What `to` has over large areas and `from` has not, where `weights` count.
cv::Mat tone(ImageView from, ImageView to, const cv::Mat& weights) {
    const cv::Size whole = weights.size();
    const double factor = std::min(1.0, reduced_deviation / (large * std::max(whole.width, whole.height)));
    const auto side = [&](int full) { return std::max(1, int(std::lround(full * factor))); };
    const cv::Size small(side(whole.width), side(whole.height));
    const auto blurred = [&](const cv::Mat& mat) {
        cv::Mat reduced;
        cv::resize(mat, reduced, small, 0, 0, cv::INTER_AREA);
        cv::GaussianBlur(reduced, reduced, {}, reduced_deviation, 0, cv::BORDER_REFLECT);
        return reduced;
    };
    const cv::Mat change = as_mat(to) - as_mat(from);
    cv::Mat result = blurred(change.mul(weights)) / cv::max(blurred(weights), least_trust);
    cv::resize(result, result, whole, 0, 0, cv::INTER_LINEAR);
    return result;
}

} // namespace

void add_tone(Image& picture, ImageView from, ImageView to, const std::vector<float>& trust) {
    const auto weights = for_each_channel(trust, {picture.width(), picture.height()});
    auto values = as_mat(ImageView(picture));
    values += tone(from, to, weights).mul(weights);
}

void fill_in(Image& picture, ImageView from, ImageView here, const std::vector<float>& trust) {
    const auto weights = for_each_channel(trust, {picture.width(), picture.height()});
    auto values = as_mat(ImageView(picture));
    const cv::Mat filling = as_mat(here) + tone(from, picture, weights);
    values = values.mul(weights) + filling.mul(cv::Scalar::all(1) - weights);
}

Image difference(Image one, ImageView other) {
    auto values = as_mat(ImageView(one));
    values -= as_mat(other);
    return one;
}

} // namespace neural_style
