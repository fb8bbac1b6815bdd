// SPDX-License-Identifier: GPL-3.0-or-later
/// Where a flow leads, as OpenCV's `remap` takes it.
///
///     cv::remap(as_mat(before), there, places(flows.back), {}, cv::INTER_LINEAR);
#pragma once

#include "flow.hpp"

#include <opencv2/core.hpp>

namespace neural_style {

inline cv::Mat places(const Flow& flow) {
    cv::Mat places(flow.height, flow.width, CV_32FC2);
    for (int y = 0; y < flow.height; ++y)
        for (int x = 0; x < flow.width; ++x) {
            const float* way = flow.at(x, y);
            places.at<cv::Vec2f>(y, x) = {float(x) + way[0], float(y) + way[1]};
        }
    return places;
}

} // namespace neural_style
