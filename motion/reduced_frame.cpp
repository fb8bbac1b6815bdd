// SPDX-License-Identifier: GPL-3.0-or-later
#include "reduced_frame.hpp"

#include "as_mat.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace neural_style {

Samples reduced_frame(SamplesView frame, double pixels) {
    const double factor = std::min(1.0, std::sqrt(pixels / double(frame.pixels())));
    const auto side = [&](int full) { return std::max(1, int(std::lround(full * factor))); };
    Image small(side(frame.width()), side(frame.height()));
    const auto whole = unpacked(frame);
    auto to = as_mat(small);
    cv::resize(as_mat(whole), to, to.size(), 0, 0, cv::INTER_AREA);
    return packed(small, Sample::u8);
}

} // namespace neural_style
