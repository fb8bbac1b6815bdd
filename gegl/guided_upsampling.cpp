// SPDX-License-Identifier: GPL-3.0-or-later
#include "guided_upsampling.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <thread>
#include <vector>

namespace neural_style {
namespace {

/// Half the side of the windows in which slopes are found, in pixels of the painting.
constexpr int window_radius = 2;
/// A brightness that varies less than this (its variance) tells nothing about the painting: 1.5 steps of 100.
constexpr float variance_least = 2e-4f;
/// Slopes stay within this, so that noise of the photo is not amplified.
constexpr float slope_most = 2.0f;

/// Rows of the small pictures that are looked at together.
constexpr int strip_rows = 48;

/// What is enlarged, per pixel: the painting's three values, the three slopes, the guide's brightness, and
/// one value that fills up eight, so that a pixel is a vector register.
constexpr int values = 8;
enum Value { painted = 0, slope = 3, bright = 6 };

/// Rec. 709's weights, as of R'G'B'.
float brightness(const float* pixel) {
    return 0.2126f * pixel[0] + 0.7152f * pixel[1] + 0.0722f * pixel[2];
}

/// Calls `work` with parts of the rows, on several threads.
template <typename Work>
void in_parts(int rows, const Work& work) {
    const int threads = std::clamp(int(std::thread::hardware_concurrency()), 1, std::max(1, rows / 64));
    std::vector<std::jthread> others;
    for (int part = 1; part < threads; ++part)
        others.emplace_back([&, part] {
            work(int(std::int64_t(rows) * part / threads), int(std::int64_t(rows) * (part + 1) / threads));
        });
    work(0, rows / threads);
}

/// Means over windows, cut off at the borders: first along rows, then along columns.
class WindowMeans {
  public:
    const std::vector<float>& of(const std::vector<float>& plane, int channels, int width, int height) {
        sums_.assign(plane.size(), 0);
        result_.assign(plane.size(), 0);
        const std::ptrdiff_t row = std::ptrdiff_t(width) * channels;
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
                float* const to = sums_.data() + y * row + x * channels;
                const float share = 1.0f / float(last(x, width) - first(x) + 1);
                for (int from = first(x); from <= last(x, width); ++from)
                    for (int c = 0; c < channels; ++c)
                        to[c] += share * plane[y * row + from * channels + c];
            }
        for (int y = 0; y < height; ++y) {
            float* const to = result_.data() + y * row;
            const float share = 1.0f / float(last(y, height) - first(y) + 1);
            for (int from = first(y); from <= last(y, height); ++from)
                for (std::ptrdiff_t i = 0; i < row; ++i)
                    to[i] += share * sums_[from * row + i];
        }
        return result_;
    }

  private:
    static int first(int at) { return std::max(0, at - window_radius); }
    static int last(int at, int count) { return std::min(count - 1, at + window_radius); }

    std::vector<float> sums_, result_;
};

/// Painting, slopes and brightness of the small pictures, some rows at a time: those stay in the processor's
/// caches, and fresh memory would cost more than the work.
class Strip {
  public:
    Strip(SamplesView painting, SamplesView guide)
        : painting_(painting), guide_(guide), width_(guide.width()), height_(guide.height()) {}

    /// Moves on to rows from `begin` on.
    void move(int begin) {
        end_ = std::min(begin + strip_rows, height_);
        first_ = std::max(0, begin - reach);
        const int rows = std::min(height_, end_ + reach) - first_;
        const std::size_t pixels = std::size_t(width_) * rows;
        colors_.resize(pixels * 3);
        painting_.read(std::size_t(first_) * width_ * 3, colors_.size(), colors_.data());
        lights_.resize(pixels * 3);
        guide_.read(std::size_t(first_) * width_ * 3, lights_.size(), lights_.data());
        // Brightness and its square, the painting, and their products.
        constexpr int channels = 8;
        moments_.resize(pixels * channels);
        for (std::size_t i = 0; i < pixels; ++i) {
            float* const to = moments_.data() + i * channels;
            const float light = brightness(lights_.data() + i * 3);
            to[0] = light;
            to[1] = light * light;
            for (int c = 0; c < 3; ++c) {
                to[2 + c] = colors_[i * 3 + c];
                to[5 + c] = colors_[i * 3 + c] * light;
            }
        }
        const auto& means = means_.of(moments_, channels, width_, rows);
        slopes_.resize(pixels * 3);
        for (std::size_t i = 0; i < pixels; ++i) {
            const float* const mean = means.data() + i * channels;
            const float variance = std::max(0.0f, mean[1] - mean[0] * mean[0]) + variance_least;
            for (int c = 0; c < 3; ++c)
                slopes_[i * 3 + c] =
                    std::clamp((mean[5 + c] - mean[0] * mean[2 + c]) / variance, -slope_most, slope_most);
        }
        const auto& slopes = mean_slopes_.of(slopes_, 3, width_, rows);
        pixels_.resize(pixels * values);
        for (std::size_t i = 0; i < pixels; ++i) {
            float* const to = pixels_.data() + i * values;
            for (int c = 0; c < 3; ++c) {
                to[painted + c] = colors_[i * 3 + c];
                to[slope + c] = slopes[i * 3 + c];
            }
            to[bright] = moments_[i * channels];
        }
    }

    /// The first row that is not there.
    int end() const { return end_; }
    const float* row(int y) const { return pixels_.data() + std::size_t(y - first_) * width_ * values; }

  private:
    static constexpr int reach = 2 * window_radius; // slopes are means of slopes

    SamplesView painting_, guide_;
    int width_, height_;
    int first_ = 0, end_ = 0;
    std::vector<float> colors_, lights_, moments_, slopes_, pixels_;
    WindowMeans means_, mean_slopes_;
};

/// Where a large pixel lies between two small ones.
struct Between {
    int first = 0, second = 0;
    float share = 0; ///< of the second
};

std::vector<Between> places(int small, int large) {
    std::vector<Between> result;
    for (int i = 0; i < large; ++i) {
        const double at = std::clamp((i + 0.5) * small / large - 0.5, 0.0, double(small - 1));
        const int first = int(at);
        result.push_back({first, std::min(first + 1, small - 1), float(at - first)});
    }
    return result;
}

} // namespace

Samples reduced(SamplesView picture, PlaneSize size) {
    Samples result{.sample = picture.sample(), .width = size.width, .height = size.height, .bytes = {}};
    const std::size_t row_values = std::size_t(size.width) * 3;
    const std::size_t row_bytes = row_values * sample_bytes(picture.sample());
    result.bytes.resize(row_bytes * size.height);
    const double wide = double(picture.width()) / size.width, high = double(picture.height()) / size.height;
    in_parts(size.height, [&](int begin, int end) {
        std::vector<float> row(std::size_t(picture.width()) * 3), sums(row.size()), out(row_values);
        for (int y = begin; y < end; ++y) {
            std::ranges::fill(sums, 0.0f);
            const double top = y * high, bottom = std::min((y + 1) * high, double(picture.height()));
            for (int from = int(top); from < bottom; ++from) {
                picture.read(std::size_t(from) * row.size(), row.size(), row.data());
                const float share = float(std::min(bottom, from + 1.0) - std::max(top, double(from)));
                for (std::size_t i = 0; i < row.size(); ++i)
                    sums[i] += share * row[i];
            }
            for (int x = 0; x < size.width; ++x) {
                const double left = x * wide, right = std::min((x + 1) * wide, double(picture.width()));
                std::array<float, 3> sum{};
                for (int from = int(left); from < right; ++from) {
                    const float share = float(std::min(right, from + 1.0) - std::max(left, double(from)));
                    for (int c = 0; c < 3; ++c)
                        sum[c] += share * sums[std::size_t(from) * 3 + c];
                }
                const float area = float((right - left) * (bottom - top));
                for (int c = 0; c < 3; ++c)
                    out[std::size_t(x) * 3 + c] = sum[c] / area;
            }
            pack(out, picture.sample(), result.bytes.data() + row_bytes * y);
        }
    });
    return result;
}

void guided_upsampling(SamplesView painting, SamplesView guide, Samples& photo) {
    const auto columns = places(guide.width(), photo.width), rows = places(guide.height(), photo.height);
    const std::size_t row_values = std::size_t(photo.width) * 3;
    const std::size_t row_bytes = row_values * sample_bytes(photo.sample);
    in_parts(photo.height, [&](int begin, int end) {
        std::vector<float> between(std::size_t(guide.width()) * values), row(row_values);
        std::array<float, values> at;
        Strip strip(painting, guide);
        for (int y = begin; y < end; ++y) {
            const auto [above, below, share] = rows[y];
            if (below >= strip.end())
                strip.move(above);
            const float* const one = strip.row(above);
            const float* const other = strip.row(below);
            for (std::size_t i = 0; i < between.size(); ++i)
                between[i] = one[i] + share * (other[i] - one[i]);
            std::byte* const samples = photo.bytes.data() + row_bytes * y;
            unpack(samples, photo.sample, row_values, row.data());
            for (int x = 0; x < photo.width; ++x) {
                const auto [left, right, part] = columns[x];
                const float* const here = between.data() + std::size_t(left) * values;
                const float* const there = between.data() + std::size_t(right) * values;
                for (int i = 0; i < values; ++i)
                    at[i] = here[i] + part * (there[i] - here[i]);
                float* const pixel = row.data() + std::size_t(x) * 3;
                const float gained = brightness(pixel) - at[bright];
                for (int c = 0; c < 3; ++c)
                    pixel[c] = at[painted + c] + at[slope + c] * gained;
            }
            pack(row, photo.sample, samples);
        }
    });
}

} // namespace neural_style
