// SPDX-License-Identifier: GPL-3.0-or-later
/// Smooths single pixels: `smoothness` as a loss.
///
///     objective.add(std::make_unique<SmoothnessLoss>(Measure::means, weights));
#pragma once

#include "loss_weights.hpp"
#include "picture_loss.hpp"
#include "style_loss_table.hpp"

namespace neural_style {

class SmoothnessLoss : public PictureLoss {
  public:
    /// `sums`: of squared differences of the four neighbours along the axes (Mahendran and Vedaldi 2015, with
    /// beta 2); `means`: over all samples and all eight neighbours, so that no direction is preferred.
    SmoothnessLoss(Measure measure, const LossWeights& weights) : measure_(measure), weights_(weights) {}

    LossTerm term() const override { return LossTerm::tv; }
    double weight() const override { return weights_.tv; }
    Amount evaluate(const torch::Tensor& picture, bool wraps, torch::Tensor* gradient) const override;

  private:
    Measure measure_;
    LossWeights weights_;
};

} // namespace neural_style
