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

/// Means over windows, cut off at the borders: running sums, first along rows, then along columns.
std::vector<float> window_means(const std::vector<float>& plane, int channels, int width, int height) {
    std::vector<float> rows(plane.size()), result(plane.size());
    const auto run = [channels](const float* from, float* to, int count, std::ptrdiff_t step) {
        for (int channel = 0; channel < channels; ++channel) {
            double sum = 0;
            const auto at = [&](int i) { return double(from[i * step + channel]); };
            for (int i = 0; i < std::min(count, window_radius); ++i)
                sum += at(i);
            for (int i = 0; i < count; ++i) {
                if (i + window_radius < count)
                    sum += at(i + window_radius);
                if (i > window_radius)
                    sum -= at(i - window_radius - 1);
                const int first = std::max(0, i - window_radius);
                const int last = std::min(count - 1, i + window_radius);
                to[i * step + channel] = float(sum / (last - first + 1));
            }
        }
    };
    const std::ptrdiff_t row = std::ptrdiff_t(width) * channels;
    for (int y = 0; y < height; ++y)
        run(plane.data() + y * row, rows.data() + y * row, width, channels);
    for (int x = 0; x < width; ++x)
        run(rows.data() + x * channels, result.data() + x * channels, height, row);
    return result;
}

/// Painting, slopes and brightness of each small pixel.
std::vector<float> small_pixels(const Image& painting, const Image& guide) {
    const int width = guide.width(), height = guide.height();
    const std::size_t pixels = std::size_t(width) * height;
    // Brightness and its square, the painting, and their products.
    constexpr int channels = 8;
    std::vector<float> moments(pixels * channels);
    for (std::size_t i = 0; i < pixels; ++i) {
        float* const to = moments.data() + i * channels;
        const float* const color = painting.data() + i * 3;
        const float light = brightness(guide.data() + i * 3);
        to[0] = light;
        to[1] = light * light;
        for (int c = 0; c < 3; ++c) {
            to[2 + c] = color[c];
            to[5 + c] = color[c] * light;
        }
    }
    const auto means = window_means(moments, channels, width, height);
    std::vector<float> slopes(pixels * 3);
    for (std::size_t i = 0; i < pixels; ++i) {
        const float* const mean = means.data() + i * channels;
        const float variance = std::max(0.0f, mean[1] - mean[0] * mean[0]);
        for (int c = 0; c < 3; ++c)
            slopes[i * 3 + c] = std::clamp(
                (mean[5 + c] - mean[0] * mean[2 + c]) / (variance + variance_least), -slope_most, slope_most);
    }
    slopes = window_means(slopes, 3, width, height);
    std::vector<float> result(pixels * values);
    for (std::size_t i = 0; i < pixels; ++i) {
        float* const to = result.data() + i * values;
        std::copy_n(painting.data() + i * 3, 3, to + painted);
        std::copy_n(slopes.data() + i * 3, 3, to + slope);
        to[bright] = moments[i * channels];
    }
    return result;
}

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

Samples guided_upsampling(SamplesView painting, SamplesView guide, SamplesView photo) {
    const auto small = small_pixels(unpacked(painting), unpacked(guide));
    const auto columns = places(guide.width(), photo.width()), rows = places(guide.height(), photo.height());
    const std::size_t row_values = std::size_t(photo.width()) * 3;
    const std::size_t row_bytes = row_values * sample_bytes(photo.sample());
    Samples result{.sample = photo.sample(), .width = photo.width(), .height = photo.height(), .bytes = {}};
    result.bytes.resize(row_bytes * photo.height());
    in_parts(photo.height(), [&](int begin, int end) {
        std::vector<float> between(std::size_t(guide.width()) * values), row(row_values);
        for (int y = begin; y < end; ++y) {
            const auto [above, below, share] = rows[y];
            const float* const one = small.data() + std::size_t(above) * between.size();
            const float* const other = small.data() + std::size_t(below) * between.size();
            for (std::size_t i = 0; i < between.size(); ++i)
                between[i] = one[i] + share * (other[i] - one[i]);
            photo.read(std::size_t(y) * row_values, row_values, row.data());
            for (int x = 0; x < photo.width(); ++x) {
                const auto [left, right, part] = columns[x];
                const float* const here = between.data() + std::size_t(left) * values;
                const float* const there = between.data() + std::size_t(right) * values;
                std::array<float, values> at;
                for (int i = 0; i < values; ++i)
                    at[i] = here[i] + part * (there[i] - here[i]);
                float* const pixel = row.data() + std::size_t(x) * 3;
                const float gained = brightness(pixel) - at[bright];
                for (int c = 0; c < 3; ++c)
                    pixel[c] = at[painted + c] + at[slope + c] * gained;
            }
            pack(row, photo.sample(), result.bytes.data() + row_bytes * y);
        }
    });
    return result;
}

} // namespace neural_style
