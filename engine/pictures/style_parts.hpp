// SPDX-License-Identifier: GPL-3.0-or-later
/// What of a style picture the network looks at, at the size in which it is laid out beside the content.
///
///     for (const auto& part : style_parts(picture, size, stride, most))
///         feature_network.visit(part, deepest, stop, add_to_sums);
#pragma once

#include "size.hpp"

#include <algorithm>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// Size of the style picture beside a content of that size: `stroke_size` percent of the content's side, so
/// that strokes take the same share of the painting at every size, also where that is more than the style's
/// own pixels; never smaller than `least` on a side.
Size style_size(Size style, Size content, double stroke_size, int least);

/// More pixels of an enlarged style are not looked at: they tell nothing new, and would cost as much as the
/// painting.
constexpr double most_enlarged_pixels = 3e6;

/// Side of the tiles in which a style of that size is looked at, so that a pass without gradient takes no
/// more memory than through 1.5 megapixels; 0: whole.
inline int style_tile_side(Size style) {
    return style.pixels() > 1.5e6 ? 1024 : 0;
}

/// The smaller of two tiles' sides, where 0 stands for no tiles.
inline int smaller_side(int one, int other) {
    return one == 0 || other == 0 ? std::max(one, other) : std::min(one, other);
}

/// Whether `size` is more than a picture's own pixels.
inline bool is_enlarged(Size own, Size size) {
    return size.pixels() > own.pixels();
}

/// Largest of the parts in which a style is looked at that has more pixels than are looked at.
Size largest_part(Size size, int stride, double most);

/// How many pixels of a style of `own` size that is laid out at `size` an optimisation looks at.
double looked_at_pixels(Size own, Size size);

/// The picture [1, 3, height, width] at `size`: whole, or, where that has more than `most` pixels, parts with
/// as many together, spread evenly (`samples`) and resized one by one; `stride`: of the deepest layer to
/// come.
std::vector<torch::Tensor> style_parts(const torch::Tensor& picture, Size size, int stride, double most);

} // namespace neural_style
