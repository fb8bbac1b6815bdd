// SPDX-License-Identifier: GPL-3.0-or-later
/// Cuts a picture into tiles to process one by one, and combines their gradients.
///
///     const Tiling tiling(width, height, {.side = 1024, .halo = 80, .stride = 16});
///     for (const Tile& tile : tiling.tiles())
///         tiling.add(gradient, tile, gradient_of(tiling.window(picture, tile)));
///
/// Sums over positions do not depend on how a picture is cut if each tile counts only its own positions and
/// sees as far around them as the network's deepest layer does: the halo (Galerne et al. 2024, "Scaling
/// painting style transfer", section 3).
#pragma once

#include <torch/types.h>
#include <vector>

namespace neural_style {

/// Tiles with shorter sides, in pixels, would be mostly halo.
constexpr int least_tile_side = 256;

/// One dimension of a tile: its own pixels, and those that it sees.
struct Span {
    int own = 0;         ///< first pixel of its own
    int own_length = 0;  ///< pixels
    int seen = 0;        ///< first pixel of the window; negative where the picture wraps around
    int seen_length = 0; ///< pixels

    /// Own pixels, relative to the start of the window.
    int own_in_window() const { return own - seen; }
    bool operator==(const Span&) const = default;
};

struct Tile {
    Span across;
    Span down;

    double seen_pixels() const { return double(across.seen_length) * down.seen_length; }
};

/// The tile's own positions in a layer's output for its window, [..., height, width]: a view. `stride`:
/// pixels between two positions.
torch::Tensor own_of_window(const torch::Tensor& of_window, const Tile& tile, int stride);

struct TilingOptions {
    int side = 0;       ///< of a tile in pixels, without its halo; 0: one tile
    int halo = 0;       ///< pixels seen around a tile, a multiple of `stride`
    int stride = 1;     ///< pixels between positions of the deepest layer
    bool wraps = false; ///< the picture continues at its opposite border
    /// Pixels, fewer than the picture's sides, for which it goes on mirrored to the right and below, unless
    /// it wraps: seen by the last windows, and nobody's own.
    int beyond = 0;
    /// Rows that tiles own; the others are only seen. A count of 0: all.
    int first_own = 0, own_count = 0;
};

class Tiling {
  public:
    /// Tile borders are multiples of `stride`, so that poolings cover the same pixels in every window.
    Tiling(int width, int height, TilingOptions options);

    const std::vector<Tile>& tiles() const { return tiles_; }
    /// Pixels of the largest window.
    int widest() const;
    int highest() const;

    /// Whether there is one window, which is the picture itself.
    bool is_picture() const;
    /// What `tile` sees of a picture [1, channels, height, width]: a view, or a copy beyond its borders.
    torch::Tensor window(const torch::Tensor& picture, const Tile& tile) const;
    /// Adds a window's gradient to the whole picture's, in place.
    void add(torch::Tensor& gradient, const Tile& tile, const torch::Tensor& window_gradient) const;

  private:
    int width_, height_;
    bool wraps_;
    std::vector<Tile> tiles_;
};

} // namespace neural_style
