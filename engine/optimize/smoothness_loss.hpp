// SPDX-License-Identifier: GPL-3.0-or-later
/// Smooths single pixels: `smoothness` as a loss.
///
///     objective.add(std::make_unique<SmoothnessLoss>(Measure::means, weights));
#pragma once

#include "loss_weights.hpp"
#include "picture_loss.hpp"
#include "strip.hpp"
#include "style_loss_table.hpp"

#include <optional>

namespace neural_style {

class SmoothnessLoss : public PictureLoss {
  public:
    /// `sums`: of squared differences of the four neighbours along the axes (Mahendran and Vedaldi 2015, with
    /// beta 2); `means`: over all samples and all eight neighbours, so that no direction is preferred.
    /// `strip`: only its own rows' part.
    SmoothnessLoss(Measure measure, const LossWeights& weights, const std::optional<Strip>& strip = {})
        : measure_(measure), weights_(weights), strip_(strip) {}

    LossTerm term() const override { return LossTerm::tv; }
    double weight() const override { return weights_.tv; }
    Amount evaluate(const torch::Tensor& picture, bool wraps, torch::Tensor* gradient) const override;

  private:
    Measure measure_;
    LossWeights weights_;
    std::optional<Strip> strip_;
};

} // namespace neural_style
