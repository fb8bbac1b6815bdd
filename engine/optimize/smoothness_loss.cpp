// SPDX-License-Identifier: GPL-3.0-or-later
#include "smoothness_loss.hpp"

#include "smoothness.hpp"

#include <torch/types.h>

namespace neural_style {

namespace {

// Relative weight of a diagonal neighbour: the nine-point Laplacian, which prefers no direction (Patra and
// Karttunen 2006, "Stencils with isotropic discretization error for differential operators"). With four
// neighbours only, the remaining noise is woven along the axes.
constexpr double diagonal_share = 0.25;

} // namespace

Amount SmoothnessLoss::evaluate(const torch::Tensor& picture, bool wraps, torch::Tensor* gradient) const {
    const bool sums = measure_ == Measure::sums;
    const auto height = strip_ ? strip_->height : picture.size(2);
    const double per_pixel = sums ? 1 : 1 / (double(picture.size(1) * height) * double(picture.size(3)));
    return smoothness(picture,
                      {.tv = weights_.tv * per_pixel,
                       .color = weights_.color_tv,
                       .diagonals = sums ? 0 : diagonal_share,
                       .weave = weights_.weave * per_pixel},
                      wraps, gradient, strip_ ? OwnRows{strip_->own_in_kept(), strip_->count} : OwnRows{});
}

} // namespace neural_style
