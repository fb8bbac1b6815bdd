// SPDX-License-Identifier: GPL-3.0-or-later
/// The project's pixels as OpenCV's, without a copy. What they refer to must stay alive.
#pragma once

#include "flow.hpp"

#include <neural_style/image.hpp>
#include <neural_style/samples.hpp>

#include <opencv2/core.hpp>

namespace neural_style {

// OpenCV has no views that cannot be written to.
inline cv::Mat as_mat(ImageView image) {
    return {image.height, image.width, CV_32FC3, const_cast<float*>(image.data)};
}
inline cv::Mat as_mat(const Flow& flow) {
    return {flow.height, flow.width, CV_32FC2, const_cast<float*>(flow.ways.data())};
}
inline cv::Mat brightness_as_mat(const Samples& grey) {
    return {grey.height, grey.width, CV_8UC1, const_cast<std::byte*>(grey.bytes.data())};
}

} // namespace neural_style
