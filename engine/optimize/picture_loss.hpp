// SPDX-License-Identifier: GPL-3.0-or-later
/// The objective's interface to a loss of the pixels.
///
///     Amount value = loss.evaluate(picture, wraps, &gradient);
#pragma once

#include "amount.hpp"

#include <neural_style/losses.hpp>

#include <torch/types.h>

namespace neural_style {

class PictureLoss {
  public:
    virtual ~PictureLoss() = default;
    virtual LossTerm term() const = 0;
    virtual double weight() const = 0;
    /// The loss of a picture [1, 3, height, width], with its weight; adds its derivative to `gradient`, of
    /// the same shape, where that is not null. `wraps`: the picture continues at its opposite border.
    virtual Amount evaluate(const torch::Tensor& picture, bool wraps, torch::Tensor* gradient) const = 0;
};

} // namespace neural_style
