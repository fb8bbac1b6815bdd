// SPDX-License-Identifier: GPL-3.0-or-later
#include "flow.hpp"

#include "as_mat.hpp"

#include <future>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

namespace neural_style {

namespace {

// OpenCV's preset FAST, but down to the full size, with fewer iterations. On the shots of
// `./run bench video` a film in fine flickers by a tenth to a quarter less than with half the size, and of
// what the object of tests/motion uncovers a sixth is taken for known instead of more than half. With the
// preset's 16 and 5 iterations as little, in a third more time.
constexpr auto preset = cv::DISOpticalFlow::PRESET_FAST;
constexpr int descent_iterations = 8;
constexpr int refinement_iterations = 2;
// Smaller frames are enlarged by repeating their border: the coarsest scale needs some patches of 8 pixels.
constexpr int least_side = 64;

Flow flow(const Samples& from, const Samples& to, Finest finest) {
    auto search = cv::DISOpticalFlow::create(preset);
    search->setFinestScale(finest == Finest::pixel ? 0 : 1);
    search->setGradientDescentIterations(descent_iterations);
    search->setVariationalRefinementIterations(refinement_iterations);
    const int right = std::max(0, least_side - from.width), below = std::max(0, least_side - from.height);
    cv::Mat a = brightness_as_mat(from), b = brightness_as_mat(to), found;
    if (right + below > 0) {
        cv::copyMakeBorder(a, a, 0, below, 0, right, cv::BORDER_REPLICATE);
        cv::copyMakeBorder(b, b, 0, below, 0, right, cv::BORDER_REPLICATE);
    }
    search->calc(a, b, found);
    Flow flow = still(from.width, from.height);
    found(cv::Rect(0, 0, from.width, from.height)).copyTo(as_mat(flow));
    return flow;
}

} // namespace

Flow still(int width, int height) {
    return {width, height, std::vector<float>(std::size_t(width) * std::size_t(height) * 2)};
}

Samples brightness(SamplesView frame) {
    Samples grey{.sample = Sample::u8,
                 .width = frame.width(),
                 .height = frame.height(),
                 .channels = mask_channels,
                 .bytes = Bytes(frame.pixels())};
    const auto samples = std::size_t(frame.width()) * picture_channels;
    std::vector<float> row(samples);
    cv::Mat line(1, frame.width(), CV_32FC3, row.data()), value;
    for (int y = 0; y < frame.height(); ++y) {
        frame.read(std::size_t(y) * samples, samples, row.data());
        cv::cvtColor(line, value, cv::COLOR_RGB2GRAY);
        cv::Mat here(1, frame.width(), CV_8UC1,
                     grey.bytes.data() + std::size_t(y) * std::size_t(frame.width()));
        value.convertTo(here, CV_8U, 255);
    }
    return grey;
}

Flows flows(const Samples& before, const Samples& here, Finest finest) {
    if (before == here)
        return {still(here.width, here.height), still(here.width, here.height)};
    // The search divides its work by the number of threads, and what it finds depends on where.
    const struct OneThread {
        int before = cv::getNumThreads();
        OneThread() { cv::setNumThreads(1); }
        ~OneThread() { cv::setNumThreads(before); }
    } one_thread;
    auto forth = std::async(std::launch::async, [&] { return flow(before, here, finest); });
    auto back = flow(here, before, finest);
    return {std::move(back), forth.get()};
}

} // namespace neural_style
