// SPDX-License-Identifier: GPL-3.0-or-later
/// L-BFGS whose history, products and decisions all stay on the device of the values: a step never waits.
///
///     CompactLbfgs walk(values, 10);
///     values.add_(walk.step(gradient_at(values), 1.0));
///
/// Steps are those of `Lbfgs`, by the compact representation of the inverse Hessian (Byrd, Nocedal and
/// Schnabel 1994, "Representations of quasi-Newton matrices", theorem 2.2), which is a few products and
/// triangular solutions instead of two loops over the history. Only a step without curvature, which `Lbfgs`
/// passes over, takes the place of the oldest one here.
#pragma once

#include <optional>
#include <torch/types.h>

namespace neural_style {

class CompactLbfgs {
  public:
    /// As Lbfgs, which see.
    CompactLbfgs(const torch::Tensor& values, int history, std::optional<double> inverse_curvature = {});
    const torch::Tensor& step(const torch::Tensor& gradient, double rate);
    /// Waits for the device.
    std::optional<double> inverse_curvature() const;

  private:
    void remember(const torch::Tensor& gradient);

    int history_;
    torch::Tensor pairs_; // [2 * history, values]: differences of positions, then of gradients
    // [2 * history, history], float64: products of the rows of pairs_ with the differences of gradients. Of
    // positions with older differences of gradients they are of no use, and not kept.
    torch::Tensor with_turned_;
    torch::Tensor gradient_; // the one before
    torch::Tensor step_;
    torch::Tensor inverse_curvature_; // float64, no dimensions; NaN: not known
    int steps_ = 0;
};

} // namespace neural_style
