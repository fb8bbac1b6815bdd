// SPDX-License-Identifier: GPL-3.0-or-later
/// Parts of a picture as networks take them. Beyond the borders the picture is mirrored or repeats.
///
///     auto seen = window(photo, tile, beyond);                     // [1, 3, height, width], channels_last
///     auto guide = seen + enlarged_window(small, full_size, tile, beyond);
///
/// A large picture is never held as a tensor; each tile is cut from pixels that the caller owns.
#pragma once

#include "size.hpp"
#include "tiling.hpp"

#include <neural_style/image.hpp>
#include <neural_style/samples.hpp>

#include <cstdint>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// What a window shows beyond the picture's border; `again`: the picture repeats.
enum class Beyond { mirrored, again };

/// Which of `length` pixels each pixel of the span shows; mirrored as often as necessary.
std::vector<std::int64_t> seen_pixels(const Span& span, int length, Beyond beyond);

/// What the tile sees, clamped to 0..1: float32 on the CPU.
torch::Tensor window(SamplesView picture, const Tile& tile, Beyond beyond);
/// The same of weights [height, width].
torch::Tensor window(const torch::Tensor& weights, const Tile& tile, Beyond beyond);

/// What the tile of a picture of `size` sees of `small` (any values) after enlarging it to that size by cubic
/// interpolation (Keys 1981).
torch::Tensor enlarged_window(ImageView small, Size size, const Tile& tile, Beyond beyond);

/// Evenly spread parts of a picture of `size`, of equal sides that are multiples of `stride`, with about
/// `pixels` pixels in total; the whole picture (up to a remainder of less than `stride`) if it has no more.
/// They see only their own pixels.
std::vector<Tile> samples(Size size, int stride, double pixels);

/// Writes the tile's own pixels, taken from what it sees, into a picture that it is part of; clamped to 0..1.
/// Pixels outside the picture are dropped.
void put(const torch::Tensor& seen, const Tile& tile, Image& picture);

/// `picture` reduced to about `size`; if it is much larger, it is first averaged over whole pixels.
torch::Tensor reduced(SamplesView picture, Size size);

} // namespace neural_style
