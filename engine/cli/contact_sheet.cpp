// SPDX-License-Identifier: GPL-3.0-or-later
#include "contact_sheet.hpp"

#include "scaled_plane.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace neural_style::cli {
namespace {

constexpr int longest_side = 480, gap = 8;

} // namespace

ContactSheet::ContactSheet(std::size_t count, int width, int height) {
    const double share = std::min(1.0, double(longest_side) / std::max(width, height));
    width_ = std::max(int(std::lround(width * share)), 1);
    height_ = std::max(int(std::lround(height * share)), 1);
    // About as wide as a screen.
    columns_ = std::clamp(int(std::lround(std::sqrt(1.5 * double(count) * height_ / width_))), 1, int(count));
    const int rows = (int(count) + columns_ - 1) / columns_;
    sheet_ = Image(columns_ * (width_ + gap) + gap, rows * (height_ + gap) + gap);
    std::ranges::fill(sheet_.span(), 1.0f);
}

void ContactSheet::add(ImageView picture) {
    const int left = gap + int(added_) % columns_ * (width_ + gap),
              top = gap + int(added_) / columns_ * (height_ + gap);
    ++added_;
    std::vector<float> plane(std::size_t(picture.width) * std::size_t(picture.height));
    for (std::size_t channel = 0; channel < 3; ++channel) {
        for (std::size_t i = 0; i < plane.size(); ++i)
            plane[i] = picture.data[i * 3 + channel];
        const auto small = scaled_plane(plane, {picture.width, picture.height}, {width_, height_});
        for (int y = 0; y < height_; ++y)
            for (int x = 0; x < width_; ++x)
                sheet_
                    .data()[(std::size_t(top + y) * std::size_t(sheet_.width()) + std::size_t(left + x)) * 3 +
                            channel] = small[std::size_t(y) * std::size_t(width_) + std::size_t(x)];
    }
}

} // namespace neural_style::cli
