// SPDX-License-Identifier: GPL-3.0-or-later
#include "feather.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace neural_style::plugin {
namespace {

/// The mean of `reach` values to either side, along a line of `count` values that are `stride` apart.
void running_mean(float* line, int count, std::size_t stride, int reach, std::vector<float>& copy) {
    copy.resize(std::size_t(count));
    for (int i = 0; i < count; ++i)
        copy[std::size_t(i)] = line[std::size_t(i) * stride];
    const auto at = [&](int i) { return double(copy[std::size_t(std::clamp(i, 0, count - 1))]); };
    double sum = 0;
    for (int i = -reach; i <= reach; ++i)
        sum += at(i);
    for (int i = 0; i < count; ++i) {
        line[std::size_t(i) * stride] = float(sum / (2 * reach + 1));
        sum += at(i + reach + 1) - at(i - reach);
    }
}

} // namespace

void feather(std::vector<float>& values, int width, int height, double radius) {
    // Three means over 2r+1 values have a variance of r(r+1).
    const double variance = radius * radius / 4;
    const int reach = int(std::lround((std::sqrt(1 + 4 * variance) - 1) / 2));
    if (radius <= 0 || reach < 1 || width < 1 || height < 1)
        return;
    std::vector<float> copy;
    for (int time = 0; time < 3; ++time) {
        for (int y = 0; y < height; ++y)
            running_mean(values.data() + std::size_t(y) * width, width, 1, reach, copy);
        for (int x = 0; x < width; ++x)
            running_mean(values.data() + x, height, std::size_t(width), reach, copy);
    }
}

} // namespace neural_style::plugin
