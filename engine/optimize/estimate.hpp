// SPDX-License-Identifier: GPL-3.0-or-later
/// The cost of a job in bytes and seconds, and the tiles that keep it within a limit, from sizes alone.
///
///     const JobSizes sizes{.content = {6000, 4000}, .content_bytes = 72'000'000,
///                          .painted = {6128, 4128}, .styles = {{1280, 1014}}};
///     if (!fit_tiles(network, plan, settings, sizes, limit))
///         refuse();
///     report(memory_needed(network, plan, settings, sizes));
#pragma once

#include "optimize.hpp"

#include <cstdint>
#include <vector>

namespace neural_style {

struct JobSizes {
    Size content;                    ///< as it was given
    std::uint64_t content_bytes = 0; ///< that it takes in the caller's samples
    Size painted;                    ///< with its margin
    std::vector<Size> styles;
    std::vector<bool> alphas{}; ///< which of the styles have parts that are not seen
    int masks = 0;              ///< regions and protected part
};

/// Peak bytes on the feature network's device with the plan's tiles, including the program itself.
std::uint64_t memory_needed(const FeatureNetwork& network, const OptimizePlan& plan, const Settings& settings,
                            const JobSizes& sizes);

/// Sets the plan's tiles: the whole picture if that stays within `limit` bytes, else the largest tiles that
/// do; and whether its steps are captured, where the network's device can do that: if that fits as well.
/// Returns whether there are any tiles; if not, the plan has the smallest.
bool fit_tiles(const FeatureNetwork& network, OptimizePlan& plan, const Settings& settings,
               const JobSizes& sizes, std::uint64_t limit);

/// Tiles of the plan's last scale.
int tile_count(const FeatureNetwork& network, const OptimizePlan& plan);

/// Pixels that the network sees in all tiles of the last scale, surroundings included, relative to the
/// scale's.
double seen_share(const FeatureNetwork& network, const OptimizePlan& plan);

/// Seconds, given the time of one step per pixel of a picture large enough to keep the device busy.
double time_needed(const FeatureNetwork& network, const OptimizePlan& plan, double seconds_per_pixel);

/// Measures one step on a small picture: about a tenth of a second.
double measured_seconds_per_pixel(const FeatureNetwork& network, const OptimizePlan& plan);

} // namespace neural_style
