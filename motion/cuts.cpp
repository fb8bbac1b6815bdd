// SPDX-License-Identifier: GPL-3.0-or-later
#include "cuts.hpp"

#include "as_mat.hpp"
#include "flow.hpp"
#include "trust.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace neural_style {

namespace {

constexpr int longest_side = 160, shortest_side = 16;
// Frames of one shot have more in common. Twelve pictures that have nothing in common: at most 0.14; pans by
// a fifth of the width from one frame to the next, and fades: at least 0.8.
constexpr double kin = 0.3;
// As many frames of something else in the middle of a shot are a flash.
constexpr std::size_t longest_flash = 3;
// Deviation of brightness, in levels of 255, below which a frame shows nothing.
constexpr double nothing_shown = 2;
// Deviation of the blur that leaves them, in pixels.
constexpr double large_shapes = 3;
// Share of a frame that is still there after a fast pan.
constexpr double least_in_common = 1.0 / 3;

// The correlation of two frames where both are seen, of -1 to 1: that of `share` of their pixels.
class Correlation {
  public:
    void add(double one, double other, double share = 1) {
        count_ += 1;
        ones_ += one, others_ += other;
        ones_squared_ += one * one, others_squared_ += other * other;
        products_ += share * one * other;
        shared_ones_ += share * one, shared_others_ += share * other, shares_ += share;
    }
    double value() const {
        const double one = ones_ / count_, other = others_ / count_;
        const double deviations = std::sqrt(std::max(0.0, ones_squared_ / count_ - one * one) *
                                            std::max(0.0, others_squared_ / count_ - other * other));
        const double together =
            (products_ - one * shared_others_ - other * shared_ones_ + shares_ * one * other) / count_;
        return deviations > 0 ? together / deviations : 0;
    }

  private:
    double count_ = 0, ones_ = 0, others_ = 0, ones_squared_ = 0, others_squared_ = 0;
    double products_ = 0, shared_ones_ = 0, shared_others_ = 0, shares_ = 0;
};

double along_flow(const Samples& before, const Samples& here) {
    const auto both = flows(before, here);
    const auto trust = trusted(both);
    const auto there = brightness_as_mat(before), now = brightness_as_mat(here);
    Correlation correlation;
    for (int y = 0; y < here.height; ++y)
        for (int x = 0; x < here.width; ++x) {
            const float* way = both.back.at(x, y);
            const int from_x = std::clamp(int(std::lround(float(x) + way[0])), 0, before.width - 1),
                      from_y = std::clamp(int(std::lround(float(y) + way[1])), 0, before.height - 1);
            correlation.add(there.at<std::uint8_t>(from_y, from_x), now.at<std::uint8_t>(y, x),
                            trust[std::size_t(y) * std::size_t(here.width) + std::size_t(x)]);
        }
    return correlation.value();
}

// A bright sky over dark ground is in many shots.
cv::Mat without_large_shapes(const cv::Mat& brightness) {
    cv::Mat whole, large;
    brightness.convertTo(whole, CV_32F);
    cv::GaussianBlur(whole, large, {}, large_shapes);
    return whole - large;
}

// Of the part that both show if all of it was moved by the same way: a pan too fast for the flow.
double after_shift(const cv::Mat& before, const cv::Mat& here) {
    const auto a = without_large_shapes(before), b = without_large_shapes(here);
    cv::Mat window;
    cv::createHanningWindow(window, a.size(), CV_32F);
    const auto shift = cv::phaseCorrelate(a, b, window);
    const int across = int(std::lround(shift.x)), down = int(std::lround(shift.y));
    const int width = here.cols - std::abs(across), height = here.rows - std::abs(down);
    if (width * height < least_in_common * here.cols * here.rows)
        return 0;
    Correlation correlation;
    for (int y = std::max(0, down); y < std::max(0, down) + height; ++y)
        for (int x = std::max(0, across); x < std::max(0, across) + width; ++x)
            correlation.add(a.at<float>(y - down, x - across), b.at<float>(y, x));
    return correlation.value();
}

} // namespace

Samples for_cuts(const Samples& brightness) {
    const double factor = std::min(1.0, double(longest_side) / std::max(brightness.width, brightness.height));
    const auto side = [&](int full) { return std::max(shortest_side, int(std::lround(full * factor))); };
    Samples small{.sample = Sample::u8,
                  .width = side(brightness.width),
                  .height = side(brightness.height),
                  .channels = mask_channels,
                  .bytes = {}};
    small.bytes.resize(std::size_t(small.width) * std::size_t(small.height));
    auto to = brightness_as_mat(small);
    cv::resize(brightness_as_mat(brightness), to, to.size(), 0, 0, cv::INTER_AREA);
    return small;
}

double kinship(const Samples& before, const Samples& here) {
    const auto a = brightness_as_mat(before), b = brightness_as_mat(here);
    cv::Scalar mean_a, mean_b, deviation_a, deviation_b;
    cv::meanStdDev(a, mean_a, deviation_a);
    cv::meanStdDev(b, mean_b, deviation_b);
    if (deviation_a[0] < nothing_shown && deviation_b[0] < nothing_shown)
        return std::abs(mean_a[0] - mean_b[0]) < 16 * nothing_shown ? 1 : 0;
    return std::max(along_flow(before, here), after_shift(a, b));
}

bool are_kin(const Samples& one, const Samples& other) {
    return kinship(for_cuts(one), for_cuts(other)) >= kin;
}

void Cuts::look(SamplesView frame) {
    waiting_.push_back(for_cuts(brightness(frame)));
    decide(false);
}

const std::vector<std::size_t>& Cuts::found() {
    while (waiting_.size() > 1)
        decide(true);
    return found_;
}

// Whether the frame after the first that waits belongs to its shot, once that can be said.
void Cuts::decide(bool at_end) {
    while (waiting_.size() > 1) {
        std::size_t next = 1;
        while (next < waiting_.size() && next <= longest_flash + 1 &&
               kinship(waiting_[0], waiting_[next]) < kin)
            ++next;
        const bool goes_on = next < waiting_.size() && next <= longest_flash + 1;
        if (!goes_on && waiting_.size() <= longest_flash + 1 && !at_end)
            return;
        if (!goes_on) {
            found_.push_back(first_ + 1);
            next = 1;
        }
        waiting_.erase(waiting_.begin(), waiting_.begin() + std::ptrdiff_t(next));
        first_ += next;
    }
}

} // namespace neural_style
