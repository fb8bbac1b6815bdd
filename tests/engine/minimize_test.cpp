// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "device.hpp"
#include "engine_tests.hpp"
#include "feature_network.hpp"
#include "guarded.hpp"
#include "minimize.hpp"
#include "painting_objective.hpp"
#include "random_network.hpp"
#include "test_device.hpp"
#include "test_folder.hpp"

#include <limits>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

Losses content_alone(double value) {
    Losses losses;
    losses[LossTerm::content] = {.weight = 1, .value = value};
    return losses;
}

// Half the squared distance from grey, with its gradient.
Losses distance_from_grey(const torch::Tensor& picture, torch::Tensor* gradient) {
    const auto difference = picture - 0.5;
    if (gradient)
        *gradient = difference.clone();
    return content_alone(0.5 * difference.square().sum().item<double>());
}

const OnStep nothing = [](int, const Losses&, const torch::Tensor&) {};

torch::Tensor black() {
    return torch::zeros({1, 3, 8, 8}, test_device());
}

} // namespace

static void both_optimizers_walk_downhill() {
    for (const auto optimizer : {Optimizer::lbfgs, Optimizer::adam}) {
        const auto best =
            minimize(black(), distance_from_grey, {.optimizer = optimizer, .iterations = 60}, nothing);
        CHECK((best - 0.5).abs().max().item<double>() < 0.05);
    }
}

static void the_start_is_left_as_it_was() {
    const auto start = black();
    minimize(start, distance_from_grey, {.iterations = 5}, nothing);
    CHECK(start.equal(black()));
}

static void one_step_moves_the_picture() {
    CHECK(!minimize(black(), distance_from_grey, {.iterations = 1}, nothing).equal(black()));
}

static void each_step_is_reported_once_and_in_order() {
    std::vector<int> seen;
    minimize(black(), distance_from_grey, {.iterations = 4},
             [&](int iteration, const Losses&, const torch::Tensor&) { seen.push_back(iteration); });
    CHECK((seen == std::vector<int>{1, 2, 3, 4}));
}

static void the_best_picture_is_kept_when_the_walk_goes_astray() {
    int calls = 0;
    // Honest for three calls, then it rewards nothing any more.
    const auto astray = [&](const torch::Tensor& picture, torch::Tensor* gradient) {
        auto losses = distance_from_grey(picture, gradient);
        if (++calls > 3) {
            losses[LossTerm::content].value += 1000;
            if (gradient)
                *gradient = -*gradient;
        }
        return losses;
    };
    std::vector<torch::Tensor> pictures{black()};
    const auto best =
        minimize(black(), astray,
                 {.optimizer = Optimizer::adam, .iterations = 20, .wants_picture = [](int) { return true; }},
                 [&](int, const Losses&, const torch::Tensor& p) { pictures.push_back(p.clone()); });
    CHECK(best.equal(pictures[2]));
}

static void a_walk_goes_on_with_what_the_one_before_found_out() {
    WalkState state;
    minimize(black(), distance_from_grey, {.iterations = 3, .state = &state}, nothing);
    CHECK_NEAR(state.inverse_curvature.value(), 1, 1e-3);
    // Of a bowl the curvature says where the bottom is, in one step.
    const auto best = minimize(black(), distance_from_grey, {.iterations = 1, .state = &state}, nothing);
    CHECK_NEAR((best - 0.5).abs().max().item<double>(), 0, 1e-3);
}

// A network whose features are not numbers when they are computed for the seventh time.
static void a_network_that_fails_at_step_7_does_not_spoil_the_painting() {
    const Folder folder;
    write_random_network(folder.path / "network");
    const FeatureNetwork network(Weights::read(folder.path / "network"), test_device());
    torch::manual_seed(1);
    const auto content = torch::rand({1, 3, 32, 32}).to(test_device()),
               style = torch::rand({1, 3, 32, 32}).square().to(test_device());
    for (const auto optimizer : {Optimizer::lbfgs, Optimizer::adam}) {
        PaintingObjective objective(network, StyleLoss::gaussian, {.content = 1, .style = 10, .tv = 0});
        objective.content_like(content, {{"relu2_1", 1}}, {});
        objective.style_like(style, {{"relu1_1", 1}, {"relu2_1", 1}}, {}, {});
        int calls = 0, steps = 0;
        const auto failing = [&](const torch::Tensor& picture, torch::Tensor* gradient) {
            const bool fails = ++calls == 7;
            return objective.evaluate(fails ? picture * std::numeric_limits<float>::quiet_NaN() : picture,
                                      gradient, {});
        };
        const double before = objective.evaluate(content, nullptr, {}).total();
        const auto best = minimize(content, failing, {.optimizer = optimizer, .iterations = 20},
                                   [&](int, const Losses& losses, const torch::Tensor& picture) {
                                       ++steps;
                                       CHECK(std::isfinite(losses.total()));
                                       CHECK(torch::isfinite(picture).all().item<bool>());
                                   });
        CHECK(steps == 20);
        CHECK(objective.evaluate(best, nullptr, {}).total() < 0.8 * before);
    }
}

static void a_network_that_always_fails_is_reported() {
    const auto failing = [](const torch::Tensor& picture, torch::Tensor* gradient) {
        if (gradient)
            *gradient = torch::zeros_like(picture);
        return content_alone(std::numeric_limits<double>::quiet_NaN());
    };
    const auto result = guarded([&] { return minimize(black(), failing, {}, nothing); });
    CHECK(!result && result.error().code == ErrorCode::internal);
    CHECK(result.error().message.contains("not numbers"));
}

int minimize_tests() {
    return run_tests({TEST(both_optimizers_walk_downhill), TEST(the_start_is_left_as_it_was),
                      TEST(one_step_moves_the_picture), TEST(each_step_is_reported_once_and_in_order),
                      TEST(the_best_picture_is_kept_when_the_walk_goes_astray),
                      TEST(a_walk_goes_on_with_what_the_one_before_found_out),
                      TEST(a_network_that_fails_at_step_7_does_not_spoil_the_painting),
                      TEST(a_network_that_always_fails_is_reported)});
}
