// SPDX-License-Identifier: GPL-3.0-or-later
/// Holds a film's frame to the painting of those before: the temporal loss of Ruder, Dosovitskiy and Brox
/// 2016, equation 7, with the weights of equation 8 as the film has merged them.
///
///     objective.add(std::make_unique<MotionLoss>(moved, trusted, weight, Measure::means));
#pragma once

#include "picture_loss.hpp"
#include "style_loss_table.hpp"

#include <torch/types.h>
#include <utility>

namespace neural_style {

class MotionLoss : public PictureLoss {
  public:
    /// `moved` [1, 3, height, width] and `trusted` [1, 1, height, width], 0 to 1, have the picture's size.
    /// `sums`: of squared differences times trust; `means`: the same divided by all samples.
    MotionLoss(torch::Tensor moved, torch::Tensor trusted, double weight, Measure measure)
        : moved_(std::move(moved)), trusted_(std::move(trusted)), weight_(weight), measure_(measure) {}

    LossTerm term() const override { return LossTerm::motion; }
    double weight() const override { return weight_; }
    Amount evaluate(const torch::Tensor& picture, bool wraps, torch::Tensor* gradient) const override;

  private:
    torch::Tensor moved_, trusted_;
    double weight_;
    Measure measure_;
};

} // namespace neural_style
