// SPDX-License-Identifier: GPL-3.0-or-later
/// L-BFGS that reads its memory of past steps twice an iteration instead of four times.
///
///     Lbfgs walk(values, 10);
///     values.add_(walk.step(gradient_at(values), 1.0));
///
/// The two-loop recursion of Nocedal and Wright (algorithm 7.4) only ever adds multiples of remembered
/// vectors and of the gradient, so it can be done on their coefficients, given all inner products (Chen et
/// al. 2014, "Large-scale L-BFGS using MapReduce"). Those of a new step follow from what is known: one
/// matrix-vector product with the gradient remains, and one that puts the step together. Steps are those of
/// torch::optim::LBFGS with max_iter 1.
///
/// The first step of all has no curvature to go by and is hardly a step. A walk that follows another one can
/// be told that one's inverse_curvature(), and then begins with a full step.
#pragma once

#include <optional>
#include <torch/types.h>
#include <vector>

namespace neural_style {

class Lbfgs {
  public:
    /// For vectors like `values`; remembers up to `history` steps: 2 * history of its size.
    /// `inverse_curvature`: the first step is the gradient times this, where it is known.
    Lbfgs(const torch::Tensor& values, int history, std::optional<double> inverse_curvature = {});

    /// What to add to the values: a step of `rate` times the quasi-Newton direction. Where no curvature is
    /// known the first one is shortened to a sum of absolute values of at most `rate`. Valid until the next
    /// call; `gradient` has the shape of the values.
    const torch::Tensor& step(const torch::Tensor& gradient, double rate);

    /// The inverse Hessian as one number, s y / y y of the last step (Nocedal and Wright, equation 7.20), or
    /// what the walk began with.
    std::optional<double> inverse_curvature() const { return inverse_curvature_; }

  private:
    void remember(const torch::Tensor& gradient, std::vector<double>& with_gradient);

    int history_;
    torch::Tensor pairs_;               // [2 * history, values]: differences of positions, then of gradients
    std::vector<double> products_;      // of the rows of pairs_ with each other
    std::vector<double> with_gradient_; // of the rows of pairs_ with the gradient before
    std::vector<double>
        direction_;          // coefficients of the rows in the direction before, and that of the gradient
    std::vector<int> order_; // rows of differences of positions, the oldest first
    torch::Tensor gradient_; // the one before
    torch::Tensor step_;
    double rate_ = 0;
    std::optional<double> inverse_curvature_;
};

} // namespace neural_style
