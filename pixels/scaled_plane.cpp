// SPDX-License-Identifier: GPL-3.0-or-later
#include "scaled_plane.hpp"

#include <algorithm>
#include <cstddef>

namespace neural_style {
namespace {

/// An old value and its share of a new one.
struct Part {
    int index;
    float share;
};

/// The old values that each of `to` new ones covers; their shares add up to 1.
std::vector<std::vector<Part>> coverage(int from, int to) {
    std::vector<std::vector<Part>> parts(to);
    const double step = double(from) / to;
    for (int i = 0; i < to; ++i) {
        const double first = i * step;
        const double last = std::min((i + 1) * step, double(from));
        for (int k = int(first); k < last && k < from; ++k) {
            const double covered = std::min(last, k + 1.0) - std::max(first, double(k));
            if (covered > 0)
                parts[i].push_back({k, float(covered / (last - first))});
        }
    }
    return parts;
}

} // namespace

std::vector<float> scaled_plane(std::span<const float> plane, PlaneSize from, PlaneSize to) {
    const auto columns = coverage(from.width, to.width);
    const auto rows = coverage(from.height, to.height);
    std::vector<float> scaled(std::size_t(to.width) * to.height);
    for (int y = 0; y < to.height; ++y)
        for (const Part& row : rows[y]) {
            const float* line = plane.data() + std::size_t(row.index) * from.width;
            float* out = scaled.data() + std::size_t(y) * to.width;
            for (int x = 0; x < to.width; ++x) {
                float sum = 0;
                for (const Part& column : columns[x])
                    sum += column.share * line[column.index];
                out[x] += row.share * sum;
            }
        }
    return scaled;
}

std::vector<float> scaled_pixels(std::span<const float> pixels, int channels, PlaneSize from, PlaneSize to) {
    const auto step = std::size_t(channels);
    std::vector<float> plane(pixels.size() / step),
        result(std::size_t(to.width) * std::size_t(to.height) * step);
    for (std::size_t channel = 0; channel < step; ++channel) {
        for (std::size_t i = 0; i < plane.size(); ++i)
            plane[i] = pixels[i * step + channel];
        const auto scaled = scaled_plane(plane, from, to);
        for (std::size_t i = 0; i < scaled.size(); ++i)
            result[i * step + channel] = scaled[i];
    }
    return result;
}

} // namespace neural_style
