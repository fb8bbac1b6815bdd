// SPDX-License-Identifier: GPL-3.0-or-later
/// Features of several layers on one grid with a quarter of the picture's resolution, so that each position
/// has all of them (Hariharan et al. 2015, "Hypercolumns for object segmentation and fine-grained
/// localization").
///
///     const GridPart part(tile);
///     auto columns = part.columns(features, stride);        // [positions, channels], row by row
///     part.add_gradient(of_columns, stride, of_features);   // the transpose
///
/// Shallower layers are averaged, deeper ones enlarged bilinearly. Both are linear, so gradients are exact,
/// even in tiles if the window includes one more position of the layer around the tile.
#pragma once

#include "feature_network.hpp"
#include "tiling.hpp"

#include <torch/types.h>
#include <vector>

namespace neural_style {

/// Pixels between two positions of the grid.
constexpr int grid_stride = 4;
/// Deeper layers, enlarged, tell less about a stroke's position than about its surroundings.
constexpr int deepest_column_stride = 8;

/// The layers that make up the columns: relu1_1, relu2_1, relu3_1 and relu4_1, or the nearest ones, shallow
/// to deep, with strides up to `deepest_column_stride`. Never empty.
std::vector<int> column_layers(const FeatureNetwork& network);

/// The grid positions that belong to a tile.
class GridPart {
  public:
    /// The tile's borders are multiples of `deepest_column_stride`, as in `Tiling`.
    explicit GridPart(const Tile& tile) : tile_(tile) {}

    /// In positions of the picture's grid; a remainder of less than `grid_stride` pixels has none.
    int top() const { return tile_.down.own / grid_stride; }
    int left() const { return tile_.across.own / grid_stride; }
    int height() const { return tile_.down.own_length / grid_stride; }
    int width() const { return tile_.across.own_length / grid_stride; }

    /// A layer's `features` of the window, [1, channels, height, width] of any float type, as float32
    /// [positions, channels]; may share the memory of `features`. `stride`: of the layer, in pixels, a power
    /// of two.
    torch::Tensor columns(const torch::Tensor& features, int stride) const;
    /// Adds the derivative with respect to the features to `gradient`, of their shape and any float type,
    /// given that with respect to the columns.
    void add_gradient(const torch::Tensor& of_columns, int stride, torch::Tensor& gradient) const;

  private:
    Tile tile_;
};

/// The whole picture as one tile.
Tile whole_tile(int width, int height);

} // namespace neural_style
