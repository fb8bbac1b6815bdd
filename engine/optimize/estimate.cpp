// SPDX-License-Identifier: GPL-3.0-or-later
#include "estimate.hpp"

#include "captured_evaluation.hpp"
#include "device.hpp"
#include "dream.hpp"
#include "memory_size.hpp"
#include "painting_objective.hpp"
#include "style_parts.hpp"
#include "tiling.hpp"
#include "viewer.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <torch/types.h>
#include <vector>

namespace neural_style {

namespace {

// What the allocator keeps in addition to the layers in use; measured from 0.25 to 24 megapixels. Tiles
// differ in size, and a layer of one does not always fit where one of another was.
constexpr double kept_by_allocator = 1.05, kept_between_tiles = 1.35;
// For large paintings it keeps more besides the pictures: blocks of many sizes spread over all address space
// that was ever free. Measured at 24 megapixels.
constexpr double kept_between_large_tiles = 3.4;

// Peaks of large paintings exceed this count by up to this much; measured at 24 and 49 megapixels.
std::uint64_t with_headroom(std::uint64_t bytes) {
    return bytes + bytes / 16;
}

// Pictures that a dream keeps besides the current one and its gradient.
constexpr std::uint64_t dreamed_pictures = 4;

Tiling tiling(const FeatureNetwork& network, const OptimizePlan& plan, const Scale& scale, int side) {
    return {scale.width, scale.height, cut_for(network, plan.deepest, side, plan.wraps)};
}

// Features of the content's layers.
std::uint64_t content_bytes(const FeatureNetwork& network, const OptimizePlan& plan, const Scale& scale) {
    std::uint64_t bytes = 0;
    for (const auto& [name, weight] : plan.content_layers) {
        const int layer = network.layer(name);
        const double stride = network.stride(layer);
        bytes += std::uint64_t(scale.pixels() / stride / stride * network.channels(layer) *
                               double(torch::elementSize(network.type())));
    }
    return bytes;
}

// Regions and the protected part, at full size and at a scale's size.
std::uint64_t mask_bytes(const JobSizes& sizes, std::uint64_t picture) {
    return std::uint64_t(sizes.masks) * (picture_bytes(sizes.painted) + 2 * picture) / 3;
}

// While a scale's styles are processed in tiles of `side`: before its first step, so the optimiser still has
// the state of the preceding scale.
std::uint64_t style_bytes(const FeatureNetwork& network, const OptimizePlan& plan, std::size_t i,
                          const JobSizes& sizes, int side) {
    const auto& scale = plan.scales[i];
    const auto picture = picture_bytes(scale.pixels());
    // Content and start at this scale, and the full content.
    std::uint64_t held = 2 * picture + picture_bytes(sizes.painted) + mask_bytes(sizes, picture) +
                         content_bytes(network, plan, scale);
    if (i > 0) // Adam's two as well
        held += 3 * picture_bytes(plan.scales[i - 1].pixels());
    std::uint64_t most = 0;
    for (std::size_t s = 0; s < plan.style_sizes[i].size(); ++s) { // a dream lays out none
        const auto own = sizes.styles[s], size = plan.style_sizes[i][s];
        const double looked_at = looked_at_pixels(own, size);
        const auto pass = [&](Size part) {
            const Tiling cut(part.width, part.height,
                             cut_for(network, plan.deepest, smaller_side(side, style_tile_side(part))));
            const double pixels = double(cut.widest()) * cut.highest();
            // Nothing is kept for a backward pass; a layer takes less than its gradient would.
            const auto layers =
                double(network.cost(cut.widest(), cut.highest(), plan.deepest).transient_bytes +
                       2 * picture_bytes(pixels));
            return std::uint64_t((cut.tiles().size() > 1 ? kept_between_tiles : kept_by_allocator) * layers) +
                   (plan.neighbors > 0 ? brush_bytes(network, scale.pixels(), pixels) : 0);
        };
        auto here = pass(largest_part(size, network.stride(plan.deepest), looked_at));
        if (is_enlarged(own, size))
            here = std::max(here, pass(own));
        // The parts, and the intermediate picture when one of them is resized.
        most = std::max(most, here + 2 * picture_bytes(std::min(looked_at, size.pixels())));
    }
    return held + most;
}

// `captured`: the graph has memory of its own for all that a step needs, beside that of the plain steps
// before.
std::uint64_t scale_bytes(const FeatureNetwork& network, const OptimizePlan& plan, std::size_t i,
                          const Settings& settings, const JobSizes& sizes, int side, bool captured = false) {
    const auto& scale = plan.scales[i];
    const auto picture = picture_bytes(scale.pixels());
    const bool last = i + 1 == plan.scales.size();
    const auto optimizer = plan.optimizer_at(scale, settings);
    // L-BFGS: direction, previous gradient, and differences of pictures and of gradients for each remembered
    // step.
    const std::uint64_t copies = plan.dreams                    ? dreamed_pictures
                                 : optimizer == Optimizer::adam ? 2
                                                                : 3 + 2 * std::uint64_t(settings.history);
    // Picture and gradient; start and best if they are kept.
    std::uint64_t bytes = (copies + 2 + (scale.pixels() <= most_lbfgs_pixels ? 2 : 0)) * picture;
    if (settings.averaging > 0)
        bytes += picture;
    if (!last)
        bytes += picture_bytes(sizes.painted);
    bytes += mask_bytes(sizes, picture);
    bytes += content_bytes(network, plan, scale);
    const auto cut = tiling(network, plan, scale, side);
    const auto cost = network.cost(cut.widest(), cut.highest(), plan.deepest);
    // The window's input, and its gradient before it is added to the picture's.
    const auto window = 2 * picture_bytes(double(cut.widest()) * cut.highest());
    if (plan.neighbors > 0)
        bytes += brush_bytes(network, scale.pixels(), double(cut.widest()) * cut.highest());
    const double between = scale.pixels() > most_lbfgs_pixels ? kept_between_large_tiles : kept_between_tiles;
    const double kept = cut.tiles().size() > 1 ? between : kept_by_allocator;
    const auto of_step = std::uint64_t(kept * double(cost.kept_bytes + cost.transient_bytes + window));
    return bytes + (captured ? 2 : 1) * of_step;
}

// What the bundled networks take is in `program_bytes`.
std::uint64_t network_bytes(const FeatureNetwork& network) {
    constexpr std::uint64_t of_bundled = 32 << 20;
    const auto bytes = network.weight_bytes();
    return bytes > of_bundled ? bytes : 0;
}

// The caller's pictures, the engine's copies of the styles, the network and the program.
std::uint64_t fixed_bytes(const FeatureNetwork& network, const JobSizes& sizes) {
    std::uint64_t bytes = program_bytes + network_bytes(network) + sizes.content_bytes +
                          picture_bytes(sizes.content) * std::uint64_t(sizes.masks) / 3;
    for (std::size_t s = 0; s < sizes.styles.size(); ++s) {
        bytes += 2 * picture_bytes(sizes.styles[s]);
        if (s < sizes.alphas.size() && sizes.alphas[s]) // as given, as tensor and laid out
            bytes += picture_bytes(sizes.styles[s]);
    }
    return bytes;
}

// At the end: painting and result, and, if the photo's colours or details are kept, the photo again and a
// plane or two.
std::uint64_t finishing_bytes(const JobSizes& sizes) {
    return 4 * picture_bytes(sizes.painted) + picture_bytes(sizes.painted) / 2;
}

// A step takes as long as this many forward passes: forward, backward and statistics.
constexpr double forward_passes = 2.5;
// Approximate share that matched features add to a step: their layers are processed once more, a quarter of
// each.
constexpr double neighbors_share = 0.1;
// Side of a sample picture whose cost represents others.
constexpr int sample_side = 256;

// Larger tiles gain little: at 1024 pixels the halo is a quarter of the work.
constexpr std::array tile_sides{1024, 768, 512, 384, least_tile_side};

// Possible sides of a scale's tiles, the whole scale first; bytes almost always fall with the side.
std::vector<int> possible_sides(const Scale& scale) {
    std::vector<int> sides{0};
    for (const int side : tile_sides)
        if (side < std::max(scale.width, scale.height))
            sides.push_back(side);
    return sides;
}

// A style's tiles are never larger than the picture's.
std::vector<int> possible_style_sides(int tile_side) {
    std::vector<int> sides{tile_side};
    for (const int side : tile_sides)
        if (smaller_side(side, tile_side) != tile_side)
            sides.push_back(side);
    return sides;
}

} // namespace

std::uint64_t memory_needed(const FeatureNetwork& network, const OptimizePlan& plan, const Settings& settings,
                            const JobSizes& sizes) {
    std::uint64_t peak = finishing_bytes(sizes);
    for (std::size_t i = 0; i < plan.scales.size(); ++i) {
        peak = std::max(peak,
                        scale_bytes(network, plan, i, settings, sizes, plan.tile_sides[i], plan.captured[i]));
        peak = std::max(peak, style_bytes(network, plan, i, sizes, plan.style_tile_sides[i]));
    }
    return with_headroom(fixed_bytes(network, sizes) + peak);
}

bool fit_tiles(const FeatureNetwork& network, OptimizePlan& plan, const Settings& settings,
               const JobSizes& sizes, std::uint64_t limit) {
    const auto fixed = fixed_bytes(network, sizes);
    const auto refuse = [&] {
        // So that `memory_needed` gives the minimum, which is the whole scale where there would be one tile.
        plan.captured.assign(plan.scales.size(), false);
        for (std::size_t i = 0; i < plan.scales.size(); ++i) {
            auto least = std::numeric_limits<std::uint64_t>::max();
            for (const int side : possible_sides(plan.scales[i])) {
                const auto of_scale = scale_bytes(network, plan, i, settings, sizes, side);
                for (const int style_side : possible_style_sides(side))
                    if (const auto bytes =
                            std::max(of_scale, style_bytes(network, plan, i, sizes, style_side));
                        bytes < least) {
                        least = bytes;
                        plan.tile_sides[i] = side;
                        plan.style_tile_sides[i] = style_side;
                    }
            }
        }
        return false;
    };
    if (with_headroom(fixed + finishing_bytes(sizes)) > limit)
        return refuse();
    for (std::size_t i = 0; i < plan.scales.size(); ++i) {
        const auto fits = [&](int side) {
            return with_headroom(fixed + scale_bytes(network, plan, i, settings, sizes, side)) <= limit;
        };
        const auto fits_captured = [&] {
            return with_headroom(fixed + scale_bytes(network, plan, i, settings, sizes, 0, true)) <= limit;
        };
        const auto sides = possible_sides(plan.scales[i]);
        const auto side = std::ranges::find_if(sides, fits);
        if (side == sides.end())
            return refuse();
        plan.tile_sides[i] = *side;
        plan.captured[i] = *side == 0 && !plan.dreams && can_capture(network.device()) &&
                           plan.scales[i].iterations >= least_captured_iterations && fits_captured();
        const auto style_fits = [&](int side) {
            return with_headroom(fixed + style_bytes(network, plan, i, sizes, side)) <= limit;
        };
        const auto style_sides = possible_style_sides(*side);
        const auto style_side = std::ranges::find_if(style_sides, style_fits);
        if (style_side == style_sides.end())
            return refuse();
        plan.style_tile_sides[i] = *style_side;
        const auto cut = tiling(network, plan, plan.scales[i], plan.tile_sides[i]);
        // Includes the border that padding adds.
        plan.layer_bytes[i] = network.cost(cut.widest() + 2, cut.highest() + 2, plan.deepest).largest_bytes;
    }
    return true;
}

int tile_count(const FeatureNetwork& network, const OptimizePlan& plan) {
    return int(tiling(network, plan, plan.scales.back(), plan.tile_sides.back()).tiles().size());
}

double seen_share(const FeatureNetwork& network, const OptimizePlan& plan) {
    const auto cut = tiling(network, plan, plan.scales.back(), plan.tile_sides.back());
    double seen = 0;
    for (const auto& tile : cut.tiles())
        seen += tile.seen_pixels();
    return seen / plan.scales.back().pixels();
}

double time_needed(const FeatureNetwork& network, const OptimizePlan& plan, double seconds_per_pixel) {
    double pixels = 0;
    for (std::size_t i = 0; i < plan.scales.size(); ++i) {
        const auto& scale = plan.scales[i];
        double seen = 0;
        const auto cut = tiling(network, plan, scale, plan.tile_sides[i]);
        for (const auto& tile : cut.tiles())
            seen += tile.seen_pixels();
        // With tiles the forward pass, a good third of a step, is computed twice.
        pixels += seen * scale.iterations * (cut.tiles().size() > 1 && !plan.dreams ? 1.4 : 1.0);
        // A style's statistics take one forward pass.
        pixels += plan.style_pixels[i] / forward_passes;
        if (plan.neighbors > 0) {
            // Columns of the guide and the style, the repeated ones, and their share of a step.
            pixels += (2 * plan.style_pixels[i] + scale.pixels()) / forward_passes +
                      neighbors_share * seen * scale.iterations;
            pixels += matching_operations(network, scale.pixels()) /
                      (forward_passes * network.cost(sample_side, sample_side, plan.deepest).operations /
                       (sample_side * sample_side));
        }
    }
    return pixels * seconds_per_pixel;
}

double measured_seconds_per_pixel(const FeatureNetwork& network, const OptimizePlan& plan) {
    if (plan.dreams)
        return measured_seconds_per_dreamed_pixel(network, plan);
    const auto picture = torch::rand({1, 3, sample_side, sample_side}).to(network.device());
    PaintingObjective objective(network, Settings{}.style_loss, plan.weights, {}, plan.smoothed);
    objective.style_like(picture.flip(2), plan.style_layers, {}, {});
    objective.content_like(picture, plan.content_layers, {});
    double best = 0;
    for (int i = 0; i < 3; ++i) {
        const auto start = std::chrono::steady_clock::now();
        torch::Tensor gradient;
        objective.evaluate(picture, &gradient, {});
        synchronize(network.device());
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        best = i == 0 ? took.count() : std::min(best, took.count());
    }
    // The optimiser adds about a sixth; measured.
    return best * 1.15 / (sample_side * sample_side);
}

} // namespace neural_style
