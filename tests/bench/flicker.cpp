// SPDX-License-Identifier: GPL-3.0-or-later
/// bench-flicker SOURCE FILM...: the warping errors of films whose true motion nobody knows; each is a folder
/// of portable pixmaps, of as many frames as the source. Prints one line of JSON: of the source and of each.
///
/// Mean squared difference of each frame and the one before, moved by the source's flow, where it is trusted;
/// of 0..1, averaged over frames that have any: E_warp of Lai, Huang, Wang, Shechtman, Yumer, Yang 2018,
/// equation 6. The flow is Farnebäck's (2003, "Two-frame motion estimation based on polynomial expansion"),
/// which nothing here paints with.
#include "as_mat.hpp"
#include "pixmaps.hpp"
#include "places.hpp"
#include "trust.hpp"

#include <algorithm>
#include <cstdio>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace {

using namespace neural_style;

Flow farneback(const Samples& from, const Samples& to) {
    constexpr double pyramid = 0.5, sigma = 1.5;
    constexpr int levels = 5, window = 21, iterations = 5, neighbourhood = 7;
    cv::Mat found;
    cv::calcOpticalFlowFarneback(brightness_as_mat(from), brightness_as_mat(to), found, pyramid, levels,
                                 window, iterations, neighbourhood, sigma, cv::OPTFLOW_FARNEBACK_GAUSSIAN);
    Flow flow = still(from.width, from.height);
    found.copyTo(as_mat(flow));
    return flow;
}

cv::Mat shares(const Samples& frame) {
    const cv::Mat bytes(frame.height, frame.width, CV_8UC3, const_cast<std::byte*>(frame.bytes.data()));
    cv::Mat values;
    bytes.convertTo(values, CV_32F, 1.0 / 255);
    return values;
}

/// Nothing: no pixel is trusted, as at a cut.
std::optional<double> warping_error(const Pixmaps& film, std::size_t number, const Flow& back,
                                    const std::vector<float>& trust) {
    cv::Mat moved, difference;
    cv::remap(shares(film.read(number - 1)), moved, places(back), {}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    cv::subtract(shares(film.read(number)), moved, difference);
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < trust.size(); ++i)
        if (trust[i] > 0) {
            const auto& value = difference.at<cv::Vec3f>(int(i) / back.width, int(i) % back.width);
            sum += double(value.dot(value)) / picture_channels;
            ++count;
        }
    return count > 0 ? std::optional(sum / count) : std::nullopt;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2)
        return 2;
    const std::vector<Pixmaps> films(argv + 1, argv + argc);
    const Pixmaps& source = films.front();
    const auto size = [](const Samples& frame) { return std::pair(frame.width, frame.height); };
    for (const Pixmaps& film : films)
        if (film.count() < 2 || film.count() != source.count() || size(film.read(0)) != size(source.read(0)))
            return 2;
    std::vector<double> errors(films.size());
    double compared = 0;
    for (std::size_t number = 1; number < source.count(); ++number) {
        const auto before = brightness(source.read(number - 1)), here = brightness(source.read(number));
        const Flows ways{farneback(here, before), farneback(before, here)};
        const auto trust = trusted(ways);
        for (std::size_t i = 0; i < films.size(); ++i)
            if (const auto error = warping_error(films[i], number, ways.back, trust)) {
                errors[i] += *error;
                compared += i == 0;
            }
    }
    if (compared == 0) {
        std::fputs("no two frames of the source can be compared\n", stderr);
        return 1;
    }
    std::printf("[");
    for (std::size_t i = 0; i < errors.size(); ++i)
        std::printf("%s%.8f", i > 0 ? ", " : "", errors[i] / compared);
    std::printf("]\n");
}
