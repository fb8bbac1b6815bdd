// SPDX-License-Identifier: GPL-3.0-or-later
#include "lbfgs.hpp"

#include <algorithm>
#include <torch/types.h>

namespace neural_style {

namespace {

double inner_product(const torch::Tensor& a, const torch::Tensor& b) {
    return torch::dot(a, b).item<double>();
}

std::vector<double> numbers(const torch::Tensor& tensor) {
    const auto values = tensor.to(torch::kCPU, torch::kFloat64).contiguous();
    return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

} // namespace

Lbfgs::Lbfgs(const torch::Tensor& values, int history, std::optional<double> inverse_curvature)
    : history_(history), pairs_(torch::zeros({2 * history, values.numel()}, values.options())),
      products_(std::size_t(4 * history * history)), with_gradient_(std::size_t(2 * history)),
      direction_(std::size_t(2 * history + 1)), step_(torch::empty_like(values)),
      inverse_curvature_(inverse_curvature) {}

void Lbfgs::remember(const torch::Tensor& gradient, std::vector<double>& with_gradient) {
    const auto rows = std::size_t(2 * history_);
    const auto step = step_.view(-1);
    const auto turned = gradient - gradient_;
    const double curvature = inner_product(step, turned), turned_square = inner_product(turned, turned);
    if (!(curvature > least_curvature))
        return;
    // The step is a sum of rows and the previous gradient; `turned` is a difference of gradients.
    std::vector<double> with_step(rows), with_turned(rows);
    for (std::size_t r = 0; r < rows; ++r) {
        double sum = direction_[rows] * with_gradient_[r];
        for (std::size_t k = 0; k < rows; ++k)
            sum += products_[r * rows + k] * direction_[k];
        with_step[r] = rate_ * sum;
        with_turned[r] = with_gradient[r] - with_gradient_[r];
    }
    const int slot = int(order_.size()) < history_ ? int(order_.size()) : order_.front();
    if (int(order_.size()) == history_)
        order_.erase(order_.begin());
    order_.push_back(slot);
    const auto s = std::size_t(slot), y = std::size_t(slot + history_);
    pairs_[slot].copy_(step);
    pairs_[slot + history_].copy_(turned);
    for (std::size_t r = 0; r < rows; ++r) {
        products_[s * rows + r] = products_[r * rows + s] = with_step[r];
        products_[y * rows + r] = products_[r * rows + y] = with_turned[r];
    }
    products_[s * rows + s] = inner_product(step, step);
    products_[y * rows + y] = turned_square;
    products_[s * rows + y] = products_[y * rows + s] = curvature;
    with_gradient[s] = inner_product(gradient, step);
    with_gradient[y] = inner_product(gradient, turned);
    inverse_curvature_ = curvature / turned_square;
}

const torch::Tensor& Lbfgs::step(const torch::Tensor& gradient, double rate) {
    const torch::NoGradGuard no_grad;
    const auto flat = gradient.view(-1);
    const auto rows = std::size_t(2 * history_);
    if (!gradient_.defined()) {
        std::ranges::fill(direction_, 0.0);
        direction_[rows] = -1;
        rate_ =
            (inverse_curvature_ ? *inverse_curvature_ : std::min(1.0, 1 / flat.abs().sum().item<double>())) *
            rate;
        step_.view(-1).copy_(flat).mul_(-rate_);
        gradient_ = flat.clone();
        return step_;
    }
    auto with_gradient = numbers(torch::mv(pairs_, flat));
    remember(flat, with_gradient);

    // Algorithm 7.4 on coefficients: `product` is the product of a row with the current vector.
    std::vector<double> vector(rows + 1);
    vector[rows] = -1;
    const auto product = [&](std::size_t row) {
        double sum = vector[rows] * with_gradient[row];
        for (std::size_t k = 0; k < rows; ++k)
            sum += products_[row * rows + k] * vector[k];
        return sum;
    };
    std::vector<double> alphas(order_.size());
    for (std::size_t i = order_.size(); i-- > 0;) {
        const auto s = std::size_t(order_[i]), y = s + std::size_t(history_);
        alphas[i] = product(s) / products_[s * rows + y];
        vector[y] -= alphas[i];
    }
    for (auto& coefficient : vector)
        coefficient *= inverse_curvature_.value_or(1);
    for (std::size_t i = 0; i < order_.size(); ++i) {
        const auto s = std::size_t(order_[i]), y = s + std::size_t(history_);
        vector[s] += alphas[i] - product(y) / products_[s * rows + y];
    }
    rate_ = rate;
    direction_ = vector;
    with_gradient_ = with_gradient;
    const auto coefficients =
        torch::tensor(std::vector<double>(vector.begin(), vector.end() - 1), torch::kFloat64)
            .mul_(rate)
            .to(pairs_.options());
    auto target = step_.view(-1);
    torch::mv_out(target, pairs_.t(), coefficients);
    target.add_(flat, rate * vector[rows]);
    gradient_.copy_(flat);
    return step_;
}

} // namespace neural_style
