// SPDX-License-Identifier: GPL-3.0-or-later
/// What each place of a painting is to look like in the manner `brush`: matches of a scale, and how the next
/// one goes on from them.
///
///     BrushMatches matches;                                   // of the scale before; empty at the first
///     auto target = brush_target(network, {.guide = start, .content = content, .styles = …}, matches, stop);
///     objective.add(std::make_unique<NeighborLoss>(network, std::move(target), weight));
#pragma once

#include "feature_network.hpp"
#include "neighbor_loss.hpp"
#include "size.hpp"

#include <cstdint>
#include <stop_token>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// Where in the styles each position of a scale's grid has found its match; on the CPU.
struct BrushMatches {
    torch::Tensor style;     ///< int32 [height, width], -1: none
    torch::Tensor position;  ///< int64 [height, width], in that style's grid, row by row
    std::vector<Size> grids; ///< of the styles
};

struct BrushStyle {
    torch::Tensor picture; ///< [1, 3, height, width]
    Size size;             ///< in which it is laid out
    double share = 1;      ///< beside the others
    torch::Tensor weights; ///< [height, width] of the painting, see `style_places`
};

struct BrushInput {
    torch::Tensor guide;   ///< what the scale begins with, [1, 3, height, width]
    torch::Tensor content; ///< of the same size: whose colours lead to those of the style
    std::vector<BrushStyle> styles;
    std::uint64_t seed = 0;
    int style_tile_side = 0; ///< styles are looked at in tiles of at most that; 0: see style_tile_side()
};

/// Matches are found anew up to this many pixels; beyond, those of the scale before are carried up, so that
/// neighbours stay neighbours.
constexpr double most_matched_pixels = 600 * 600;
/// Positions of a style among which a match is looked for.
constexpr std::int64_t most_sought = 8192;
/// Columns of the styles that a large painting keeps. Where there are more, neighbours share one.
constexpr std::int64_t most_rows = 65536;

/// Sets `matches` to those of this scale.
NeighborTarget brush_target(const FeatureNetwork& network, const BrushInput& input, BrushMatches& matches,
                            const std::stop_token& stop);

/// Most bytes that matching and its loss take beside layers and pictures, for a painting of so many pixels
/// that is looked at in windows of `window_pixels`.
std::uint64_t brush_bytes(const FeatureNetwork& network, double pixels, double window_pixels);

/// What looking for matches costs, in multiplications and additions; 0 where they are carried up.
double matching_operations(const FeatureNetwork& network, double pixels);

} // namespace neural_style
