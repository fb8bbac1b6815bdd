// SPDX-License-Identifier: GPL-3.0-or-later
/// The parts of a style picture that the network sees, at the size that matches the content.
///
///     for (const auto& part : style_parts({picture}, size, stride, most))
///         feature_network.visit(part.picture, deepest, stop, add_to_sums);
#pragma once

#include "size.hpp"
#include "tiling.hpp"

#include <neural_style/image.hpp>

#include <algorithm>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// A style picture or a part of it, and how much of each pixel is seen.
struct SeenStyle {
    torch::Tensor picture; ///< [1, 3, height, width]
    torch::Tensor alpha{}; ///< [1, 1, height, width], 0..1; undefined: everything is seen
};

/// A copy on `device`, clamped to 0..1; an empty `alpha`: everything is seen.
SeenStyle seen_style(ImageView picture, MaskView alpha, torch::Device device);

/// The picture and its alpha at another size, see `resized`.
SeenStyle resized(const SeenStyle& style, Size size);

/// How much is seen of a tile's own positions in a layer, which are `stride` pixels apart and have the
/// features `own` [1, channels, height, width]: weights [height, width]. Hidden ones count next to nothing,
/// so that there is always a sum to divide by. Undefined: everything is seen.
torch::Tensor seen_positions(const SeenStyle& style, const Tile& tile, int stride, const torch::Tensor& own);

/// Size of the style picture for a content of that size: `stroke_size` percent of the content's side, so that
/// strokes take the same share of the painting at every size, even if that enlarges the style; no side is
/// smaller than `least`.
Size style_size(Size style, Size content, double stroke_size, int least);

/// Further pixels of an enlarged style are not used: they add no information and would cost as much as the
/// painting.
constexpr double most_enlarged_pixels = 3e6;

/// Side of the tiles in which a style of that size is processed, so that a pass without gradient takes no
/// more memory than for 1.5 megapixels; 0: whole.
inline int style_tile_side(Size style) {
    return style.pixels() > 1.5e6 ? 1024 : 0;
}

/// The smaller of two tile sides, where 0 means no tiles.
inline int smaller_side(int one, int other) {
    return one == 0 || other == 0 ? std::max(one, other) : std::min(one, other);
}

/// Whether `size` exceeds a picture's own pixels.
inline bool is_enlarged(Size own, Size size) {
    return size.pixels() > own.pixels();
}

/// The largest part used of a style that has more than `most` pixels.
Size largest_part(Size size, int stride, double most);

/// How many pixels an optimisation uses of a style of size `own` at `size`.
double looked_at_pixels(Size own, Size size);

/// The picture at `size`: whole, or, if that has more than `most` pixels, evenly spread
/// parts (`samples`) with that many in total, resized one by one. `stride`: of the deepest layer to follow.
std::vector<SeenStyle> style_parts(const SeenStyle& style, Size size, int stride, double most);

} // namespace neural_style
