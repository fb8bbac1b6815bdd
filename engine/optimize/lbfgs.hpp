// SPDX-License-Identifier: GPL-3.0-or-later
/// L-BFGS that reads its history twice per iteration instead of four times.
///
///     Lbfgs walk(values, 10);
///     values.add_(walk.step(gradient_at(values), 1.0));
///
/// The two-loop recursion of Nocedal and Wright (algorithm 7.4) only adds multiples of remembered vectors and
/// the gradient, so it can be done on their coefficients, given all inner products (Chen et al. 2014,
/// "Large-scale L-BFGS using MapReduce"). The products of a new step follow from known ones: what remains is
/// one matrix-vector product with the gradient, and one that assembles the step. Steps are those of
/// torch::optim::LBFGS with max_iter 1.
///
/// The very first step has no curvature information and is tiny. An optimisation that continues another can
/// be given that one's inverse_curvature(), and then starts with a full step.
#pragma once

#include <optional>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// A step along which the gradient hardly turns says nothing about curvature; torch::optim::LBFGS has the
/// same bound.
constexpr double least_curvature = 1e-10;

class Lbfgs {
  public:
    /// For vectors like `values`; remembers up to `history` steps, which takes 2 * history vectors.
    /// `inverse_curvature`: if known, the first step is the gradient times this.
    Lbfgs(const torch::Tensor& values, int history, std::optional<double> inverse_curvature = {});

    /// The change to the values: `rate` times the quasi-Newton direction. Without known curvature the first
    /// one is shortened to a sum of absolute values of at most `rate`. Valid until the next call; `gradient`
    /// has the shape of the values.
    const torch::Tensor& step(const torch::Tensor& gradient, double rate);

    /// The inverse Hessian as one number, s y / y y of the last step (Nocedal and Wright, equation 7.20), or
    /// the initial value.
    std::optional<double> inverse_curvature() const { return inverse_curvature_; }

  private:
    void remember(const torch::Tensor& gradient, std::vector<double>& with_gradient);

    int history_;
    torch::Tensor pairs_;               // [2 * history, values]: differences of positions, then of gradients
    std::vector<double> products_;      // of the rows of pairs_ with each other
    std::vector<double> with_gradient_; // of the rows of pairs_ with the previous gradient
    std::vector<double> direction_; // coefficients of the rows in the previous direction, and of the gradient
    std::vector<int> order_;        // rows of differences of positions, oldest first
    torch::Tensor gradient_;        // the previous one
    torch::Tensor step_;
    double rate_ = 0;
    std::optional<double> inverse_curvature_;
};

} // namespace neural_style
