// SPDX-License-Identifier: GPL-3.0-or-later
/// How much each place's features differ from those it was matched with: Kolkin et al. 2022, "Neural Neighbor
/// Style Transfer", section 3.2.
///
///     objective.add(std::make_unique<NeighborLoss>(network, std::move(target), 1));
///
/// The loss needs only a column's length and its product with the matched one, which are sums over layers. So
/// layers and tiles can be processed one by one, and no column is ever assembled.
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

/// The target at each position of the grid. A large painting stores one number per position, and the columns
/// of the style once.
struct NeighborTarget {
    std::vector<int> layers;
    /// Per layer, float32 [rows, channels]: columns of the styles, times their `column_share`, minus the mean
    /// of their style, normalised to length 1 over all layers together.
    std::vector<torch::Tensor> rows;
    std::vector<torch::Tensor> means; ///< per layer, float32 [styles, channels], times their `column_share`
    torch::Tensor style_of_row;       ///< int32 [rows]
    torch::Tensor match;              ///< int32 [height, width] of the grid: the row of each position
    torch::Tensor weights;            ///< float32 [height, width], 0..1; undefined: everywhere 1
};

/// A layer's factor in a column, so that all layers have equal weight.
inline double column_share(std::int64_t channels) {
    return 1 / std::sqrt(double(channels));
}

/// The mean over grid positions p of w_p (1 - cos(F_p - m, S_p - m)), where F_p is the painting's column, S_p
/// the matched one and m the mean of its style.
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
