// SPDX-License-Identifier: GPL-3.0-or-later
/// Parts of a picture as the networks take them, beyond its borders as well, where it is mirrored or begins
/// again.
///
///     auto seen = window(photo, tile, beyond);                     // [1, 3, height, width], channels_last
///     auto guide = seen + enlarged_window(small, full_size, tile, beyond);
///
/// A large picture is never held as a tensor: each tile is cut from the pixels that the caller owns.
#pragma once

#include "size.hpp"
#include "tiling.hpp"

#include <neural_style/image.hpp>

#include <cstdint>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// What a window shows beyond the picture's border.
enum class Beyond { mirrored, again };

/// Which of `length` pixels each pixel of the span shows. Mirrored as often as it takes.
std::vector<std::int64_t> seen_pixels(const Span& span, int length, Beyond beyond);

/// What the tile sees, clamped to 0..1; float32 on the CPU.
torch::Tensor window(ImageView picture, const Tile& tile, Beyond beyond);
/// The same of weights [height, width].
torch::Tensor window(const torch::Tensor& weights, const Tile& tile, Beyond beyond);

/// What the tile of a picture of `size` sees of `small` (of any values) when that is enlarged to this size,
/// by cubic interpolation (Keys 1981).
torch::Tensor enlarged_window(ImageView small, Size size, const Tile& tile, Beyond beyond);

/// Parts of a picture of `size`, of equal sides that are multiples of `stride`, spread evenly, which have
/// about `pixels` pixels together; the whole (but for a rest of less than `stride`) where that is no more.
/// What they see is their own.
std::vector<Tile> samples(Size size, int stride, double pixels);

/// Writes the tile's own pixels, from what it sees, into a picture of which it is a part; clamped to 0..1.
/// Pixels that the picture does not have are left out.
void put(const torch::Tensor& seen, const Tile& tile, Image& picture);

/// `picture` made smaller, to `size` or near it: a mean over whole pixels first, where there are many.
torch::Tensor reduced(ImageView picture, Size size);

} // namespace neural_style
