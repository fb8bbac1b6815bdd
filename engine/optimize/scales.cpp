// SPDX-License-Identifier: GPL-3.0-or-later
#include "scales.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace neural_style {

namespace {

// About the receptive field of relu5_1 in VGG-like networks: in smaller pictures a style's large shapes
// cannot be laid out.
constexpr double coarsest_side = 128;
// With shorter sides, deep layers have too few positions for their statistics.
constexpr int shortest_side = 64;
constexpr double step_between_scales = std::numbers::sqrt2;
// Relative to the last scale's side: a scale nearer than half a step (2^-1/4) would repeat the same work.
constexpr double largest_before_last = 0.85;
// The coarsest scale is optimised in two legs; this is the first leg's share of its steps. Between them,
// where a step is cheapest, the style's weight is adjusted for the first time. Chosen, not measured: the
// loss has settled by then, and enough steps are left to follow the new weight.
constexpr double first_leg = 0.6;
// Approximate first scale after a one-pass painting, which already has the large shapes: chosen as the third
// scale (128, 181, 256).
constexpr double instant_side = 250;
// The share of a scale's steps that a film's frame takes. Measured with `./run bench video`: with 0.35 the
// frames are no nearer to the style, and take half as long again.
constexpr double motion_share = 0.2;

struct Effort {
    int coarsest; // iterations at the coarsest scale
    int finest;   // iterations at `settled_side`; beyond it they fall as `falling` states
    int least;    // iterations at any scale
};

// Beyond this side the strokes stay in place, and larger scales only sharpen them.
constexpr double settled_side = 512;
// Power of the side with which steps decrease beyond it. Measured at 6 megapixels: a fifth less time than
// with 0.5, and no difference seen at 100 %.
constexpr double falling = 0.75;

// Fine was measured on twelve pairs of photo and painting at 512 pixels, judged by an Inception v3: a style
// error of 0.160 and a content error of 0.711, against 0.159 and 0.709 with a tenth more steps (92, 16, 5).
// Draft and print are chosen around it: about half of its steps, and four times as many.
Effort effort(Quality quality) {
    switch (quality) {
    case Quality::instant: // makes no steps; asked anyway, it gets the fewest
    case Quality::draft:
        return {.coarsest = 50, .finest = 8, .least = 4};
    case Quality::fine:
        return {.coarsest = 84, .finest = 14, .least = 4};
    case Quality::print:
        break;
    }
    return {.coarsest = 300, .finest = 80, .least = 16};
}

} // namespace

std::vector<Scale> plan_scales(int width, int height, Quality quality, std::optional<int> iterations,
                               Begin begin) {
    const double side = std::sqrt(double(width) * height);
    const double shortest = std::min(width, height);
    const auto effort_here = effort(quality);
    std::vector<Scale> scales;
    for (double here = coarsest_side; here < side * largest_before_last; here *= step_between_scales)
        if (const double factor = here / side; shortest * factor >= shortest_side)
            scales.push_back({.width = int(std::lround(width * factor)),
                              .height = int(std::lround(height * factor)),
                              .iterations = 0});
    scales.push_back({.width = width, .height = height, .iterations = 0});
    for (auto& scale : scales) {
        // Interpolates geometrically from the coarsest scale's many steps to the finest's few, over the
        // logarithm of the side.
        const double here = std::sqrt(scale.pixels());
        const double t =
            std::clamp(std::log2(here / coarsest_side) / std::log2(settled_side / coarsest_side), 0.0, 1.0);
        const double settled = std::pow(std::min(1.0, settled_side / here), falling);
        scale.iterations = std::max(
            effort_here.least,
            int(std::lround(effort_here.coarsest *
                            std::pow(double(effort_here.finest) / effort_here.coarsest, t) * settled)));
    }
    if (begin == Begin::anew && scales.size() > 1) {
        scales.front().iterations = int(std::lround(scales.front().iterations * first_leg));
        scales.insert(scales.begin(), scales.front());
    }
    if (iterations) {
        const double share = double(*iterations) / scales.back().iterations;
        for (auto& scale : scales)
            scale.iterations = std::max(1, int(std::lround(scale.iterations * share)));
    }
    if (begin == Begin::motion)
        for (auto& scale : scales)
            scale.iterations = std::max(1, int(std::lround(scale.iterations * motion_share)));
    const auto first = begin == Begin::anew ? scales.begin()
                       : begin == Begin::painting
                           ? scales.end() - 1
                           : std::ranges::find_if(scales.begin(), scales.end() - 1, [](const Scale& scale) {
                                 return std::sqrt(scale.pixels()) >= instant_side;
                             });
    scales.erase(scales.begin(), first);
    if (begin == Begin::motion && scales.size() > 2)
        scales.erase(scales.begin() + 1, scales.end() - 1);
    return scales;
}

} // namespace neural_style
