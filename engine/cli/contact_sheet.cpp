// SPDX-License-Identifier: GPL-3.0-or-later
#include "contact_sheet.hpp"

#include "scaled_plane.hpp"

#include <neural_style/samples.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

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
    const auto small =
        scaled_pixels(picture.span(), picture_channels, {picture.width, picture.height}, {width_, height_});
    const auto row = std::ptrdiff_t(width_) * picture_channels;
    for (int y = 0; y < height_; ++y)
        std::copy_n(small.begin() + y * row, row, sheet_.pixel(left, top + y));
}

} // namespace neural_style::cli
