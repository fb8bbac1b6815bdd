// SPDX-License-Identifier: GPL-3.0-or-later
/// Pictures made by a formula, and how far two are apart.
///
///     const Image photo = waves(72, 56, 0.05);
///     CHECK_NEAR(mean_difference(painting, photo), 0, 0.01);
#pragma once

#include "cmocka.hpp"

#include <neural_style/image.hpp>

#include <algorithm>
#include <cmath>

namespace tests {

/// Smooth waves in three colours, of so many radians a pixel.
inline neural_style::Image waves(int width, int height, double frequency, double phase = 0) {
    neural_style::Image image(width, height);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < 3; ++c)
                image.pixel(x, y)[c] = float(0.5 + 0.4 * std::sin(frequency * (x + (c + 1) * y) + c + phase));
    return image;
}

inline double largest_difference(neural_style::ImageView a, neural_style::ImageView b) {
    CHECK(a.width == b.width && a.height == b.height);
    double largest = 0;
    for (std::size_t i = 0; i < a.samples(); ++i)
        largest = std::max(largest, std::abs(double(a.data[i]) - b.data[i]));
    return largest;
}

inline double mean_difference(neural_style::ImageView a, neural_style::ImageView b) {
    CHECK(a.width == b.width && a.height == b.height);
    double sum = 0;
    for (std::size_t i = 0; i < a.samples(); ++i)
        sum += std::abs(double(a.data[i]) - b.data[i]);
    return sum / double(a.samples());
}

} // namespace tests
