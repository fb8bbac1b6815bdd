// SPDX-License-Identifier: GPL-3.0-or-later
#include "grain.hpp"

#include "bands.hpp"
#include "oklab.hpp"

#include <cmath>
#include <torch/types.h>
#include <vector>

namespace neural_style {

namespace {

// Beyond these factors noise would become visible or edges would blur; judged on twelve pairs of photo and
// painting by a network that does not paint.
constexpr double least_lightness = 0.9, most_lightness = 1.1, least_color = 0.3, most_color = 1.1;
// Share of the style's finest octave of colour to aim for; rounding to sRGB adds the rest.
constexpr double finest_color = 0.7;
// An octave below this mean square, far below one step of 8 bits, is empty.
constexpr double empty = 1e-9;
// About how many pixels suffice.
constexpr double enough_pixels = 2e6;

constexpr std::int64_t spacing(int octave) {
    return std::int64_t(1) << octave;
}

torch::Tensor blurred(const torch::Tensor& planes, int dimension, std::int64_t spacing) {
    const auto length = planes.size(dimension) - 4 * spacing;
    const auto at = [&](int tap) { return planes.narrow(dimension, tap * spacing, length); };
    auto sum = at(2) * (6.0 / 16);
    return sum.add_(at(1), 4.0 / 16).add_(at(3), 4.0 / 16).add_(at(0), 1.0 / 16).add_(at(4), 1.0 / 16);
}

struct Octaves {
    std::vector<torch::Tensor> fine; // [1, 3, rows, width] of OKLab
    torch::Tensor rest;
};

Octaves split(const torch::Tensor& picture, std::int64_t first, std::int64_t count, bool wraps) {
    Octaves octaves;
    auto planes = to_oklab(with_surroundings(picture, first, count, grain_reach, wraps));
    const auto own = [&](const torch::Tensor& t) {
        return t.narrow(2, (t.size(2) - count) / 2, count)
            .narrow(3, (t.size(3) - picture.size(3)) / 2, picture.size(3));
    };
    for (int i = 0; i < Grain::octaves; ++i) {
        const auto coarser = blurred(blurred(planes, 2, spacing(i)), 3, spacing(i));
        octaves.fine.push_back(own(planes) - own(coarser));
        planes = coarser;
    }
    octaves.rest = planes;
    return octaves;
}

// Calls work(band, first, count) for the whole picture's bands, as far as they are own rows; `first` counts
// the rows that are kept.
template <typename Work>
void by_own_bands(const torch::Tensor& kept, const GrainOptions& options, const std::stop_token& stop,
                  Work work) {
    const int height = int(kept.size(2));
    const auto strip = options.strip.value_or(Strip{.count = height, .rows = height, .height = height});
    int band = 0;
    by_bands(strip.height, kept.size(3), stop, [&](std::int64_t first, std::int64_t count) {
        const auto begin = std::max<std::int64_t>(first, strip.first);
        const auto end = std::min<std::int64_t>(first + count, strip.first + strip.count);
        if (begin < end)
            work(band, begin - strip.top, end - begin);
        ++band;
    });
}

double factor(double there, double wanted, double least, double most, double share) {
    return there > empty ? std::pow(std::clamp(std::sqrt(wanted / there), least, most), share) : 1;
}

} // namespace

void Grain::add(const Grain& other, double share) {
    for (int i = 0; i < octaves; ++i) {
        lightness[i] += share * other.lightness[i];
        color[i] += share * other.color[i];
    }
}

Grain grain(const torch::Tensor& picture, const GrainOptions& options, const std::stop_token& stop) {
    Grain sums;
    double weight = 0;
    const auto height = options.strip ? options.strip->height : picture.size(2);
    const auto pixels = double(height) * double(picture.size(3));
    const int every = std::max(1, int(std::lround(pixels / enough_pixels)));
    by_own_bands(picture, options, stop, [&](int band, std::int64_t first, std::int64_t count) {
        if (band % every != 0)
            return;
        const auto here = split(picture, first, count, options.wraps);
        const auto where = options.where.defined() ? options.where.narrow(2, first, count) : torch::Tensor();
        const auto sum = [&](const torch::Tensor& squares) {
            return (where.defined() ? squares.mul(where) : squares).sum(torch::kFloat64).item<double>();
        };
        for (int i = 0; i < Grain::octaves; ++i) {
            const auto squares = here.fine[std::size_t(i)].square();
            sums.lightness[std::size_t(i)] += sum(squares.narrow(1, 0, 1));
            sums.color[std::size_t(i)] += sum(squares.narrow(1, 1, 2));
        }
        weight += where.defined() ? where.sum(torch::kFloat64).item<double>()
                                  : double(count) * double(picture.size(3));
    });
    if (options.strip) {
        options.ranks->sum(sums.lightness);
        options.ranks->sum(sums.color);
        options.ranks->sum({&weight, 1});
    }
    Grain means;
    if (weight > 0)
        means.add(sums, 1 / weight);
    return means;
}

torch::Tensor with_grain(const torch::Tensor& picture, const Grain& wanted, const GrainOptions& options,
                         const std::stop_token& stop) {
    const auto there = grain(picture, options, stop);
    std::vector<torch::Tensor> factors;
    bool changes = false;
    for (std::size_t i = 0; i < Grain::octaves; ++i) {
        const double light =
            factor(there.lightness[i], wanted.lightness[i], least_lightness, most_lightness, options.share);
        const double color = factor(there.color[i], wanted.color[i] * (i == 0 ? finest_color : 1),
                                    least_color, most_color, options.share);
        changes |= light != 1 || color != 1;
        factors.push_back(torch::tensor({light, color, color}, picture.options()).view({1, 3, 1, 1}));
    }
    if (!changes)
        return picture;
    auto result = torch::empty_like(picture, torch::MemoryFormat::Contiguous);
    by_own_bands(picture, options, stop, [&](int, std::int64_t first, std::int64_t count) {
        auto [fine, lab] = split(picture, first, count, options.wraps);
        auto light = lab.narrow(1, 0, 1).clone(); // before the change
        for (std::size_t i = 0; i < fine.size(); ++i) {
            lab = lab + fine[i] * factors[i];
            light.add_(fine[i].narrow(1, 0, 1));
        }
        // There a change of lightness would become a change of colour.
        lab.narrow(1, 0, 1).copy_(torch::where(beyond_srgb(lab), light, lab.narrow(1, 0, 1)));
        const auto before = picture.narrow(2, first, count);
        const auto after = from_oklab(lab);
        result.narrow(2, first, count)
            .copy_(options.where.defined() ? torch::lerp(before, after, options.where.narrow(2, first, count))
                                           : after);
    });
    return result;
}

} // namespace neural_style
