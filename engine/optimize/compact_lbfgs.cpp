// SPDX-License-Identifier: GPL-3.0-or-later
#include "compact_lbfgs.hpp"

#include "lbfgs.hpp"

#include <cmath>
#include <limits>

namespace neural_style {

namespace {

torch::Tensor product(const torch::Tensor& a, const torch::Tensor& b) {
    return torch::dot(a, b).to(torch::kFloat64);
}

} // namespace

CompactLbfgs::CompactLbfgs(const torch::Tensor& values, int history, std::optional<double> inverse_curvature)
    : history_(history), pairs_(torch::zeros({2 * history, values.numel()}, values.options())),
      step_(torch::empty_like(values)) {
    const auto exact = values.options().dtype(torch::kFloat64);
    with_turned_ = torch::zeros({2 * history, history}, exact);
    with_turned_.narrow(0, 0, history).diagonal().fill_(1);
    inverse_curvature_ =
        torch::full({}, inverse_curvature.value_or(std::numeric_limits<double>::quiet_NaN()), exact);
}

void CompactLbfgs::remember(const torch::Tensor& gradient) {
    const auto step = step_.view(-1);
    const auto turned = gradient - gradient_;
    const auto curvature = product(step, turned), turned_square = product(turned, turned);
    const auto counts = curvature > least_curvature;
    const auto slot = (steps_ - 1) % history_;
    auto own_step = pairs_[slot], own_turned = pairs_[slot + history_];
    own_step.copy_(step).masked_fill_(~counts, 0);
    own_turned.copy_(turned).masked_fill_(~counts, 0);
    const auto products = torch::mv(pairs_, own_turned).to(torch::kFloat64);
    with_turned_.select(1, slot).copy_(products);
    with_turned_.select(0, slot + history_).copy_(products.narrow(0, history_, history_));
    with_turned_.select(0, slot).select(0, slot).copy_(curvature.masked_fill(~counts, 1));
    inverse_curvature_ = torch::where(counts, curvature / turned_square, inverse_curvature_);
}

const torch::Tensor& CompactLbfgs::step(const torch::Tensor& gradient, double rate) {
    const torch::NoGradGuard no_grad;
    const auto flat = gradient.view(-1);
    auto step = step_.view(-1);
    if (steps_ == 0) {
        const auto shortened = flat.abs().sum().to(torch::kFloat64).reciprocal().clamp_max(1);
        const auto length = torch::where(inverse_curvature_.isnan(), shortened, inverse_curvature_);
        step.copy_(flat).mul_(length * -rate);
        gradient_ = flat.clone();
        ++steps_;
        return step_;
    }
    remember(flat);
    // In the order of time, the oldest first; those that are still to come count as none before it.
    const std::int64_t oldest = steps_ % history_;
    const auto in_order = [&](const torch::Tensor& square) {
        return square.roll({-oldest, -oldest}, {0, 1});
    };
    const auto halves =
        torch::mv(pairs_, flat).to(torch::kFloat64).view({2, history_, 1}).roll({-oldest}, {1});
    const auto &steps_with_gradient = halves[0], &turned_with_gradient = halves[1];
    const auto triangle = in_order(with_turned_.narrow(0, 0, history_)).triu();
    const auto turned_with_turned = in_order(with_turned_.narrow(0, history_, history_));
    const auto inverse_curvature = inverse_curvature_.nan_to_num(1);
    const auto of_turned = torch::linalg_solve_triangular(triangle, steps_with_gradient, /*upper=*/true);
    const auto of_steps = torch::linalg_solve_triangular(
        triangle.t(),
        triangle.diagonal().unsqueeze(1) * of_turned +
            inverse_curvature * (torch::matmul(turned_with_turned, of_turned) - turned_with_gradient),
        /*upper=*/false);
    const auto coefficients = torch::stack({of_steps, of_turned * -inverse_curvature}).roll({oldest}, {1});
    torch::mv_out(step, pairs_.t(), coefficients.view(-1).mul(-rate).to(pairs_.scalar_type()));
    step.addcmul_(flat, (inverse_curvature * -rate).to(flat.scalar_type()));
    gradient_.copy_(flat);
    ++steps_;
    return step_;
}

std::optional<double> CompactLbfgs::inverse_curvature() const {
    const double known = inverse_curvature_.item<double>();
    return std::isnan(known) ? std::nullopt : std::optional(known);
}

} // namespace neural_style
