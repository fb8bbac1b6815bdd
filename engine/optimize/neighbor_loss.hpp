// SPDX-License-Identifier: GPL-3.0-or-later
/// How far each place's features are from those that it was matched with: Kolkin et al. 2022, "Neural
/// Neighbor Style Transfer", section 3.2.
///
///     NeighborDistances distances(target);
///     distances.add(layer, part, features, stride);                            // each layer, tile by tile
///     double loss = distances.finish(factor);
///     distances.add_gradient(layer, part, features, stride, scale, gradient);  // likewise
///
/// The loss needs of a column its length and its product with the matched one only, which are sums over
/// layers: so layers, and tiles, can be looked at one after the other, and no column is ever put together.
#pragma once

#include "hypercolumns.hpp"

#include <cmath>
#include <cstdint>
#include <optional>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// What each position of the grid is to look like. A large painting has a number for each position, and the
/// columns of the style once.
struct NeighborTarget {
    std::vector<int> layers;
    /// Per layer, float32 [rows, channels]: columns of the styles, times their `column_share` and less the
    /// mean of their style, of length 1 over all layers together.
    std::vector<torch::Tensor> rows;
    std::vector<torch::Tensor> means; ///< per layer, float32 [styles, channels], times their `column_share`
    torch::Tensor style_of_row;       ///< int32 [rows]
    torch::Tensor match;              ///< int32 [height, width] of the grid: the row of each position
    torch::Tensor weights;            ///< float32 [height, width], 0..1; undefined: everywhere 1
};

/// What a layer's features are multiplied by in a column, so that each layer weighs the same.
inline double column_share(std::int64_t channels) {
    return 1 / std::sqrt(double(channels));
}

/// One evaluation of mean_p w_p (1 - cos(F_p - m, S_p - m)) over the positions p of the grid, with F_p the
/// painting's column, S_p the matched one and m the mean of its style.
class NeighborDistances {
  public:
    /// The target must outlive it.
    explicit NeighborDistances(const NeighborTarget& target);

    /// Looks at a part of a layer; others than the target's are passed over, here and below.
    void add(int layer, const GridPart& part, const torch::Tensor& features, int stride);
    /// After all have been added: the loss, `factor` times the mean.
    double finish(double factor);
    /// After that: adds `scale` times the derivative in the features to `gradient`, of their shape.
    void add_gradient(int layer, const GridPart& part, const torch::Tensor& features, int stride,
                      double scale, torch::Tensor& gradient) const;

  private:
    // Columns less their style's mean, and the matched ones, [positions, channels] each.
    struct Pair {
        torch::Tensor here, wanted;
    };
    std::optional<std::size_t> number(int layer) const;
    Pair pair(std::size_t i, const GridPart& part, const torch::Tensor& features, int stride) const;

    const NeighborTarget* target_;
    torch::Tensor squares_, products_;  // of each position's column, and with the matched one
    torch::Tensor of_here_, of_wanted_; // the derivative: so much of the column, and of the matched one
};

} // namespace neural_style
