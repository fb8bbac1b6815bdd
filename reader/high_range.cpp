// SPDX-License-Identifier: GPL-3.0-or-later
#include "high_range.hpp"

#include <algorithm>
#include <cmath>

namespace neural_style::reader {
namespace {

using Matrix = std::array<std::array<double, 3>, 3>;
using Color = std::array<double, 3>;

constexpr double paper_white = 203; // cd/m2

Color times(const Matrix& matrix, const Color& color) {
    Color out{};
    for (std::size_t row = 0; row < 3; ++row)
        for (std::size_t i = 0; i < 3; ++i)
            out[row] += matrix[row][i] * color[i];
    return out;
}

Matrix times(const Matrix& a, const Matrix& b) {
    Matrix out{};
    for (std::size_t row = 0; row < 3; ++row)
        for (std::size_t column = 0; column < 3; ++column)
            for (std::size_t i = 0; i < 3; ++i)
                out[row][column] += a[row][i] * b[i][column];
    return out;
}

Matrix inverse(const Matrix& m) {
    const auto minor = [&](std::size_t r, std::size_t c) {
        const std::size_t a = (r + 1) % 3, b = (r + 2) % 3, x = (c + 1) % 3, y = (c + 2) % 3;
        return m[a][x] * m[b][y] - m[a][y] * m[b][x];
    };
    const double determinant = m[0][0] * minor(0, 0) + m[0][1] * minor(0, 1) + m[0][2] * minor(0, 2);
    Matrix out{};
    for (std::size_t r = 0; r < 3; ++r)
        for (std::size_t c = 0; c < 3; ++c)
            out[r][c] = minor(c, r) / determinant;
    return out;
}

/// Linear light to CIE XYZ (SMPTE RP 177).
Matrix to_xyz(const Primaries& primaries) {
    const auto column = [](const cmsCIExyY& p) { return Color{p.x / p.y, 1, (1 - p.x - p.y) / p.y}; };
    const Color red = column(primaries.colors.Red), green = column(primaries.colors.Green),
                blue = column(primaries.colors.Blue);
    Matrix matrix{};
    for (std::size_t row = 0; row < 3; ++row)
        matrix[row] = {red[row], green[row], blue[row]};
    const Color shares = times(inverse(matrix), column(primaries.white));
    for (auto& row : matrix)
        for (std::size_t i = 0; i < 3; ++i)
            row[i] *= shares[i];
    return matrix;
}

/// SMPTE ST 2084, in cd/m2.
double light_of_pq(double value) {
    constexpr double m1 = 2610.0 / 16384, m2 = 2523.0 / 32, c1 = 3424.0 / 4096, c2 = 2413.0 / 128,
                     c3 = 2392.0 / 128;
    const double power = std::pow(std::clamp(value, 0.0, 1.0), 1 / m2);
    return 10000 * std::pow(std::max(power - c1, 0.0) / (c2 - c3 * power), 1 / m1);
}

/// The light of the scene, 0 to 1 (BT.2100, table 5).
double light_of_hlg(double value) {
    constexpr double a = 0.17883277, b = 0.28466892, c = 0.55991073;
    value = std::clamp(value, 0.0, 1.0);
    return value <= 0.5 ? value * value / 3 : (std::exp((value - c) / a) + b) / 12;
}

double encoded(double light) {
    return light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
}

/// The inverse.
double light_of(double value) {
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

} // namespace

ToneMap::ToneMap(HighRange range, const Primaries& primaries, Sample sample, bool alpha)
    : range_(range), to_srgb_(times(inverse(to_xyz(srgb_primaries)), to_xyz(primaries))), sample_(sample),
      channels_(alpha ? 4 : 3) {}

void ToneMap::row(const std::byte* from, std::byte* to, std::size_t pixels) {
    floats_.resize(pixels * channels_);
    unpack(from, sample_, floats_.size(), floats_.data());
    for (std::size_t i = 0; i < floats_.size(); i += channels_) {
        Color light{};
        for (std::size_t c = 0; c < 3; ++c)
            light[c] = range_ == HighRange::pq    ? light_of_pq(floats_[i + c]) / paper_white
                       : range_ == HighRange::hlg ? light_of_hlg(floats_[i + c])
                                                  : light_of(floats_[i + c]);
        if (range_ == HighRange::hlg) {
            // The screen's own gamma at 1000 cd/m2 (BT.2100, table 5).
            const double bright = 0.2627 * light[0] + 0.6780 * light[1] + 0.0593 * light[2];
            for (double& value : light)
                value *= 1000 / paper_white * std::pow(std::max(bright, 1e-9), 0.2);
        }
        light = times(to_srgb_, light);
        constexpr double knee = 0.75;
        const double most = std::max({light[0], light[1], light[2]});
        const double drawn = most <= knee || range_ == HighRange::none
                                 ? most
                                 : knee + (1 - knee) * (1 - std::exp(-(most - knee) / (1 - knee)));
        for (std::size_t c = 0; c < 3; ++c)
            floats_[i + c] = float(encoded(std::clamp(most > 0 ? light[c] * drawn / most : 0.0, 0.0, 1.0)));
    }
    pack(floats_, sample_, to);
}

} // namespace neural_style::reader
