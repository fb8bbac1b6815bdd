// SPDX-License-Identifier: GPL-3.0-or-later
#include "hidden_colors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace neural_style {
namespace {

/// sRGB mid-grey fills a picture without any visible pixel.
constexpr float mid_grey = 0.5f;

using Color = std::array<float, 3>;

/// A pixel of the pyramid: the mean of the visible colours below it, and their weight.
struct Cell {
    Color color{};
    float weight = 0; ///< 0: nothing visible below; 1: fully known
};

/// The picture halved once more.
struct Level {
    Level(int width, int height) : width(width), height(height), cells(std::size_t(width) * height) {}

    int width;
    int height;
    std::vector<Cell> cells;

    Cell& at(int x, int y) { return cells[std::size_t(y) * width + x]; }
    const Cell& at(int x, int y) const { return cells[std::size_t(y) * width + x]; }
};

/// The picture itself as the lowest level of the pyramid, without a copy.
template <typename Value>
class Base {
  public:
    Base(Value* colors, const Value* alpha, int width, int height)
        : width(width), height(height), colors_(colors), alpha_(alpha) {}

    const int width;
    const int height;

    bool hidden(int x, int y) const {
        // Negated, so that a NaN alpha hides too.
        if (alpha_ && !(as_float(alpha_[place(x, y)]) >= hidden_alpha))
            return true;
        if constexpr (std::same_as<Value, float>) {
            const float* pixel = colors_ + place(x, y) * 3;
            return !(std::isfinite(pixel[0]) && std::isfinite(pixel[1]) && std::isfinite(pixel[2]));
        }
        return false;
    }

    Cell at(int x, int y) const {
        if (hidden(x, y))
            return {};
        const Value* pixel = colors_ + place(x, y) * 3;
        const float weight = alpha_ ? std::min(as_float(alpha_[place(x, y)]), 1.0f) : 1.0f;
        return {{std::clamp(as_float(pixel[0]), 0.0f, 1.0f), std::clamp(as_float(pixel[1]), 0.0f, 1.0f),
                 std::clamp(as_float(pixel[2]), 0.0f, 1.0f)},
                weight};
    }

    void set(int x, int y, const Color& color) {
        pack(color, sample, reinterpret_cast<std::byte*>(colors_ + place(x, y) * 3));
    }

  private:
    static constexpr Sample sample = std::same_as<Value, float>           ? Sample::f32
                                     : std::same_as<Value, std::uint16_t> ? Sample::u16
                                                                          : Sample::u8;

    std::size_t place(int x, int y) const { return std::size_t(y) * std::size_t(width) + std::size_t(x); }

    Value* colors_;
    const Value* alpha_; // null: opaque
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

/// The colour of the halved level at a pixel of the level below, interpolated linearly between the four
/// nearest cells.
Color doubled_at(const Level& level, int x, int y) {
    // Cell centres are a quarter of a cell away from the pixel's, towards the odd or even side.
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

template <typename Value>
void fill(Base<Value> base) {
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
                base.set(x, y, around);
            }
}

} // namespace

void fill_hidden_colors(Image& image, std::span<const float> alpha) {
    if (!image.empty())
        fill(
            Base<float>(image.data(), alpha.empty() ? nullptr : alpha.data(), image.width(), image.height()));
}

void fill_hidden_colors(Samples& image, const Samples& alpha) {
    if (image.empty() || (image.sample != Sample::f32 && alpha.empty()))
        return;
    with_sample_type(image.sample, [&]<typename Value>(Value) {
        fill(Base<Value>(reinterpret_cast<Value*>(image.bytes.data()),
                         alpha.empty() ? nullptr : reinterpret_cast<const Value*>(alpha.bytes.data()),
                         image.width, image.height));
    });
}

} // namespace neural_style
