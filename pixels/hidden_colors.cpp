// SPDX-License-Identifier: GPL-3.0-or-later
#include "hidden_colors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace neural_style {
namespace {

/// sRGB mid-grey: what a picture without any visible pixel is filled with.
constexpr float mid_grey = 0.5f;

using Color = std::array<float, 3>;

/// A pixel of the pyramid: the mean of the visible colours below it, and how much of them there is.
struct Cell {
    Color color{};
    float weight = 0; ///< 0 nothing visible below, 1 fully known
};

/// One halving of the picture.
struct Level {
    Level(int width, int height) : width(width), height(height), cells(std::size_t(width) * height) {}

    int width;
    int height;
    std::vector<Cell> cells;

    Cell& at(int x, int y) { return cells[std::size_t(y) * width + x]; }
    const Cell& at(int x, int y) const { return cells[std::size_t(y) * width + x]; }
};

/// The picture itself as the pyramid's lowest level, without a copy.
class Base {
  public:
    Base(const Image& image, std::span<const float> alpha)
        : width(image.width()), height(image.height()), image_(image), alpha_(alpha) {}

    const int width;
    const int height;

    bool hidden(int x, int y) const {
        const float* pixel = image_.pixel(x, y);
        // Negated, so that an alpha that is not a number hides as well.
        if (!alpha_.empty() && !(alpha_[std::size_t(y) * width + x] >= hidden_alpha))
            return true;
        return !(std::isfinite(pixel[0]) && std::isfinite(pixel[1]) && std::isfinite(pixel[2]));
    }

    Cell at(int x, int y) const {
        if (hidden(x, y))
            return {};
        const float* pixel = image_.pixel(x, y);
        const float weight = alpha_.empty() ? 1.0f : std::min(alpha_[std::size_t(y) * width + x], 1.0f);
        return {{std::clamp(pixel[0], 0.0f, 1.0f), std::clamp(pixel[1], 0.0f, 1.0f),
                 std::clamp(pixel[2], 0.0f, 1.0f)},
                weight};
    }

  private:
    const Image& image_;
    std::span<const float> alpha_;
};

template <typename Below>
Level halved(const Below& below) {
    Level level((below.width + 1) / 2, (below.height + 1) / 2);
    for (int y = 0; y < level.height; ++y)
        for (int x = 0; x < level.width; ++x) {
            Color sum{};
            float weight = 0;
            for (int dy = 0; dy < 2 && 2 * y + dy < below.height; ++dy)
                for (int dx = 0; dx < 2 && 2 * x + dx < below.width; ++dx) {
                    const Cell cell = below.at(2 * x + dx, 2 * y + dy);
                    for (int c = 0; c < 3; ++c)
                        sum[c] += cell.weight * cell.color[c];
                    weight += cell.weight;
                }
            if (weight > 0)
                for (float& channel : sum)
                    channel /= weight;
            level.at(x, y) = {sum, std::min(weight, 1.0f)};
        }
    return level;
}

/// The colour of the halved level at a pixel of the level below: linear between the four nearest cells.
Color doubled_at(const Level& level, int x, int y) {
    // Cell centres lie a quarter of a cell from the pixel's, towards the odd or even side.
    const int near_x = x / 2;
    const int near_y = y / 2;
    const int far_x = std::clamp(near_x + (x % 2 ? 1 : -1), 0, level.width - 1);
    const int far_y = std::clamp(near_y + (y % 2 ? 1 : -1), 0, level.height - 1);
    Color color;
    for (int c = 0; c < 3; ++c)
        color[c] = 0.5625f * level.at(near_x, near_y).color[c] + 0.1875f * level.at(far_x, near_y).color[c] +
                   0.1875f * level.at(near_x, far_y).color[c] + 0.0625f * level.at(far_x, far_y).color[c];
    return color;
}

} // namespace

void fill_hidden_colors(Image& image, std::span<const float> alpha) {
    if (image.empty())
        return;
    const Base base(image, alpha);
    bool any = false;
    for (int y = 0; y < base.height && !any; ++y)
        for (int x = 0; x < base.width && !any; ++x)
            any = base.hidden(x, y);
    if (!any)
        return;

    std::vector<Level> levels;
    levels.push_back(halved(base));
    while (levels.back().width > 1 || levels.back().height > 1)
        levels.push_back(halved(levels.back()));
    if (Cell& top = levels.back().at(0, 0); top.weight == 0)
        top.color = {mid_grey, mid_grey, mid_grey};
    for (std::size_t k = levels.size() - 1; k-- > 0;) {
        Level& level = levels[k];
        for (int y = 0; y < level.height; ++y)
            for (int x = 0; x < level.width; ++x) {
                Cell& cell = level.at(x, y);
                if (cell.weight >= 1)
                    continue;
                const Color around = doubled_at(levels[k + 1], x, y);
                for (int c = 0; c < 3; ++c)
                    cell.color[c] = cell.weight * cell.color[c] + (1 - cell.weight) * around[c];
            }
    }
    for (int y = 0; y < base.height; ++y)
        for (int x = 0; x < base.width; ++x)
            if (base.hidden(x, y)) {
                const Color around = doubled_at(levels.front(), x, y);
                std::copy(around.begin(), around.end(), image.pixel(x, y));
            }
}

} // namespace neural_style
