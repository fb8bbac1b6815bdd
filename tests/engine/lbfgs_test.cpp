// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "compact_lbfgs.hpp"
#include "engine_tests.hpp"
#include "lbfgs.hpp"

#include <torch/optim/lbfgs.h>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

// A long curved valley: sum of 100 (x_{i+1} - x_i^2)^2 / 50 + (1 - x_i)^2, with its gradient.
torch::Tensor valley_gradient(const torch::Tensor& x) {
    const auto p = x.detach().clone().set_requires_grad(true);
    const torch::AutoGradMode grad(true);
    const auto head = p.narrow(0, 0, p.numel() - 1), tail = p.narrow(0, 1, p.numel() - 1);
    (2 * (tail - head.square()).square() + (1 - head).square()).sum().backward();
    return p.grad();
}

torch::Tensor start() {
    torch::manual_seed(1);
    return torch::rand({40}) * 0.5;
}

template <typename Walk = Lbfgs>
torch::Tensor walked(int steps, int history) {
    auto x = start();
    Walk walk(x, history);
    for (int i = 0; i < steps; ++i)
        x.add_(walk.step(valley_gradient(x), 0.5));
    return x;
}

torch::Tensor walked_by_libtorch(int steps, int history) {
    auto x = start().set_requires_grad(true);
    torch::optim::LBFGS optimizer(
        std::vector{x},
        torch::optim::LBFGSOptions(0.5).max_iter(1).history_size(history).tolerance_grad(0).tolerance_change(
            0));
    for (int i = 0; i < steps; ++i)
        optimizer.step([&] {
            x.mutable_grad() = valley_gradient(x);
            return torch::tensor(0.0);
        });
    return x.detach();
}

} // namespace

static void its_steps_are_libtorchs() {
    for (const int history : {1, 3, 10})
        for (const int steps : {1, 2, 5, 12, 20})
            CHECK_NEAR(
                (walked(steps, history) - walked_by_libtorch(steps, history)).abs().max().item<double>(), 0,
                2e-3);
}

static void on_the_device_alone_the_steps_are_the_same() {
    for (const int history : {1, 3, 10})
        for (const int steps : {1, 2, 5, 12, 20})
            CHECK_NEAR(
                (walked<CompactLbfgs>(steps, history) - walked(steps, history)).abs().max().item<double>(), 0,
                2e-3);
    CHECK((walked<CompactLbfgs>(150, 10) - 1).abs().max().item<double>() < 1e-2);
}

static void a_step_without_curvature_is_forgotten() {
    auto x = start();
    const auto gradient = valley_gradient(x);
    CompactLbfgs walk(x, 3);
    for (int i = 0; i < 3; ++i)
        walk.step(gradient, 1); // it does not turn
    CHECK_NEAR((walk.step(gradient, 0.5) + 0.5 * gradient).abs().max().item<double>(), 0, 1e-6);
    CHECK(!walk.inverse_curvature());
}

static void it_reaches_the_bottom_of_the_valley() {
    const auto end = walked(150, 10);
    CHECK((end - 1).abs().max().item<double>() < 1e-2);
}

static void no_gradient_means_no_step() {
    auto x = start();
    Lbfgs walk(x, 5);
    CompactLbfgs on_device(x, 5);
    for (int i = 0; i < 2; ++i) {
        CHECK(walk.step(torch::zeros_like(x), 1).abs().max().item<double>() == 0);
        CHECK(on_device.step(torch::zeros_like(x), 1).abs().max().item<double>() == 0);
    }
}

template <typename Walk>
static void check_beginning_with_a_full_step() {
    const auto x = start();
    constexpr double inverse_curvature = 0.25, rate = 0.5;
    Walk walk(x, 5, inverse_curvature);
    const auto gradient = valley_gradient(x);
    const torch::Tensor off = walk.step(gradient, rate) + rate * inverse_curvature * gradient;
    CHECK_NEAR(off.abs().max().item<double>(), 0, 1e-6);
}

static void it_begins_with_a_full_step_where_the_curvature_is_known() {
    check_beginning_with_a_full_step<Lbfgs>();
    check_beginning_with_a_full_step<CompactLbfgs>();
}

template <typename Walk>
static void check_curvature_of_a_bowl() {
    auto x = start();
    constexpr double curvature = 8; // of 4 x^2
    Walk walk(x, 5);
    CHECK(!walk.inverse_curvature());
    for (int i = 0; i < 2; ++i)
        x.add_(walk.step(curvature * x, 1));
    CHECK_NEAR(walk.inverse_curvature().value(), 1 / curvature, 1e-4);
}

static void it_knows_the_curvature_of_a_bowl() {
    check_curvature_of_a_bowl<Lbfgs>();
    check_curvature_of_a_bowl<CompactLbfgs>();
}

int lbfgs_tests() {
    return run_tests({TEST(its_steps_are_libtorchs), TEST(on_the_device_alone_the_steps_are_the_same),
                      TEST(a_step_without_curvature_is_forgotten), TEST(it_reaches_the_bottom_of_the_valley),
                      TEST(no_gradient_means_no_step),
                      TEST(it_begins_with_a_full_step_where_the_curvature_is_known),
                      TEST(it_knows_the_curvature_of_a_bowl)});
}
