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
    const double per_pixel = sums ? 1 : 1 / double(picture.numel());
    return smoothness(picture,
                      {.tv = weights_.tv * per_pixel,
                       .color = weights_.color_tv,
                       .diagonals = sums ? 0 : diagonal_share,
                       .weave = weights_.weave * per_pixel},
                      wraps, gradient);
}

} // namespace neural_style
