// SPDX-License-Identifier: GPL-3.0-or-later
/// The target for each place of a painting in the manner `brush`: a scale's matches, and how the next scale
/// continues them.
///
///     BrushMatches matches;                                   // of the preceding scale; empty at the first
///     auto target = brush_target(network, {.guide = start, .content = content, .styles = …}, matches, stop);
///     objective.add(std::make_unique<NeighborLoss>(network, std::move(target), weight));
#pragma once

#include "feature_network.hpp"
#include "neighbor_loss.hpp"
#include "size.hpp"
#include "style_parts.hpp"

#include <cstdint>
#include <stop_token>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// The match in the styles for each position of a scale's grid; on the CPU.
struct BrushMatches {
    torch::Tensor style;     ///< int32 [height, width], -1: none
    torch::Tensor position;  ///< int64 [height, width], in that style's grid, row by row
    std::vector<Size> grids; ///< of the styles
};

struct BrushStyle {
    SeenStyle seen;
    Size size;             ///< at which it is laid out
    double share = 1;      ///< relative to the others
    torch::Tensor weights; ///< [height, width] of the painting, see `style_places`
};

struct BrushInput {
    torch::Tensor guide;   ///< the scale's start, [1, 3, height, width]
    torch::Tensor content; ///< of the same size: provides the colours to match
    std::vector<BrushStyle> styles;
    std::uint64_t seed = 0;
    int style_tile_side = 0; ///< largest tiles for processing styles; 0: see style_tile_side()
};

/// Largest picture, in pixels, that is matched anew; larger scales take over the matches of the preceding
/// one, so that neighbours stay neighbours.
constexpr double most_matched_pixels = 600 * 600;
/// Most positions of a style that are searched for a match.
constexpr std::int64_t most_sought = 8192;
/// Most columns of the styles that a large painting keeps; if there are more, neighbours share one.
constexpr std::int64_t most_rows = 65536;

/// Replaces `matches` by those of this scale.
NeighborTarget brush_target(const FeatureNetwork& network, const BrushInput& input, BrushMatches& matches,
                            const std::stop_token& stop);

/// Peak bytes of matching and its loss, besides layers and pictures, for a painting of `pixels` pixels
/// processed in windows of `window_pixels`.
std::uint64_t brush_bytes(const FeatureNetwork& network, double pixels, double window_pixels);

/// Multiplications and additions of the matching; 0 if matches are taken over.
double matching_operations(const FeatureNetwork& network, double pixels);

} // namespace neural_style
