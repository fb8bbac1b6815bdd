// SPDX-License-Identifier: GPL-3.0-or-later
/// How far each place's features are from those that it was matched with: Kolkin et al. 2022, "Neural
/// Neighbor Style Transfer", section 3.2.
///
///     objective.add(std::make_unique<NeighborLoss>(network, std::move(target), 1));
///
/// The loss needs of a column its length and its product with the matched one only, which are sums over
/// layers: so layers, and tiles, can be looked at one after the other, and no column is ever put together.
#pragma once

#include "feature_loss.hpp"
#include "hypercolumns.hpp"

#include <cmath>
#include <cstdint>
#include <memory>
#include <torch/types.h>
#include <utility>
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

/// The mean over the positions p of the grid of w_p (1 - cos(F_p - m, S_p - m)), with F_p the painting's
/// column, S_p the matched one and m the mean of its style.
class NeighborLoss : public FeatureLoss {
  public:
    NeighborLoss(const FeatureNetwork& network, NeighborTarget target, double weight)
        : network_(&network), target_(std::move(target)), weight_(weight) {}

    LossTerm term() const override { return LossTerm::neighbors; }
    double weight() const override { return weight_; }
    Reach reach() const override;
    std::unique_ptr<Evaluation> evaluation(const Evaluated& picture) const override;

  private:
    const FeatureNetwork* network_;
    NeighborTarget target_;
    double weight_;
};

} // namespace neural_style
