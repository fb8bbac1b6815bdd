// SPDX-License-Identifier: GPL-3.0-or-later
// On the stand-in device only: it counts how often it is waited for.
#include "brush.hpp"
#include "cmocka.hpp"
#include "device.hpp"
#include "dream.hpp"
#include "engine_tests.hpp"
#include "feature_network.hpp"
#include "minimize.hpp"
#include "neighbor_loss.hpp"
#include "optimize.hpp"
#include "painting_objective.hpp"
#include "steps_between_reads.hpp"
#include "test_network.hpp"
#include "test_pictures.hpp"

#include <neural_style/engine.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <torch/types.h>
#include <utility>
#include <vector>

using namespace neural_style;
using namespace tests;

namespace {

Settings dreaming(int steps) {
    Settings settings;
    settings.manner = Manner::dream;
    settings.iterations = steps;
    settings.style_layers = {"relu3_1"};
    return settings;
}

} // namespace

static void another_device_is_waited_for_once_in_ten_steps() {
    const TestNetwork network(stand_in::device());
    const auto there = [](const torch::Tensor& tensor) { return tensor.to(stand_in::device()); };
    torch::manual_seed(1);
    const auto content = there(torch::rand({1, 3, 48, 48})),
               style = there(torch::rand({1, 3, 48, 48}).square());
    const auto left = there(torch::linspace(0, 1, 48).expand({48, 48}).contiguous());
    BrushMatches matches;
    const BrushInput brush{.guide = content,
                           .content = content,
                           .styles = {{.seen = {style}, .size = {48, 48}, .share = 1, .weights = {}}}};
    const auto target = brush_target(network.feature_network, brush, matches, {});
    const std::pair<StyleLoss, Optimizer> walks[] = {
        {StyleLoss::gaussian, Optimizer::lbfgs}, {StyleLoss::gaussian, Optimizer::adam},
        {StyleLoss::formula, Optimizer::lbfgs},  {StyleLoss::classic, Optimizer::adam},
        {StyleLoss::gram, Optimizer::lbfgs},     {StyleLoss::moments, Optimizer::adam}};
    for (const auto& [loss, optimizer] : walks) {
        PaintingObjective objective(network.feature_network, loss,
                                    {.content = 1, .style = 10, .tv = 1, .color_tv = 2, .weave = 0.1});
        objective.content_like(content, {{"relu2_1", 1}}, {});
        objective.style_like(style, {{"relu1_1", 1}, {"relu3_1", 1}}, {.weights = left}, {});
        objective.style_like(style, {{"relu2_1", 1}}, {}, {});
        objective.add(std::make_unique<NeighborLoss>(network.feature_network, target, 1));
        std::vector<std::int64_t> copies;
        stand_in::reset_counts();
        minimize(
            content,
            [&](const torch::Tensor& p, torch::Tensor* g) { return objective.pending_losses(p, g, {}); },
            {.optimizer = optimizer, .iterations = 30},
            [&](int, const Losses&, const torch::Tensor&) {
                copies.push_back(stand_in::counts().to_host + stand_in::counts().to_device);
            });
        CHECK(copies.size() == 30);
        CHECK(copies[29] - copies[9] <= 2); // of twenty steps
    }
}

static void another_device_is_waited_for_once_in_ten_tiles() {
    const TestNetwork network(stand_in::device());
    constexpr int steps = 20, seen = 4, tiles = 9;
    Settings settings;
    settings.iterations = steps;
    auto plan = plan_optimize(network.feature_network, settings, {96, 96}, {{64, 64}});
    CHECK(plan.scales.size() == 1);
    plan.tile_sides = {32};
    torch::manual_seed(1);
    const auto there = [](const torch::Tensor& tensor) { return tensor.to(stand_in::device()); };
    OptimizeInput input{.content = there(torch::rand({1, 3, 96, 96})),
                        .styles = {{.seen = {there(torch::rand({1, 3, 64, 64}).square())}}}};
    OptimizeState state;
    std::vector<std::int64_t> copies;
    stand_in::reset_counts();
    const OptimizeReports reports{[&](const OptimizeProgress& progress) {
                                      CHECK(progress.iteration == int(copies.size()) + 1);
                                      copies.push_back(stand_in::counts().to_host +
                                                       stand_in::counts().to_device);
                                  },
                                  [](std::string_view) {}};
    optimize(network.feature_network, plan, input, settings, state, reports, {});
    CHECK(copies.size() == steps);
    CHECK(copies[steps - 1] - copies[seen - 1] <= (steps - seen) * tiles / 10);
}

static void another_device_walks_as_the_cpu_does() {
    const NetworkFiles files;
    const auto walked = [&](torch::Device device, Optimizer optimizer) {
        const FeatureNetwork network(Weights::read(files.network), device);
        torch::manual_seed(1);
        const auto content = torch::rand({1, 3, 48, 40}).to(device),
                   style = torch::rand({1, 3, 48, 48}).square().to(device);
        PaintingObjective objective(network, StyleLoss::gaussian, {.content = 1, .style = 10, .tv = 1});
        objective.content_like(content, {{"relu2_1", 1}}, {});
        objective.style_like(style, {{"relu1_1", 1}, {"relu3_1", 1}}, {}, {});
        std::vector<double> totals;
        minimize(
            content,
            [&](const torch::Tensor& p, torch::Tensor* g) { return objective.pending_losses(p, g, {}); },
            {.optimizer = optimizer, .iterations = 25},
            [&](int iteration, const Losses& losses, const torch::Tensor&) {
                CHECK(iteration == int(totals.size()) + 1);
                totals.push_back(losses.total());
            });
        return totals;
    };
    for (const auto optimizer : {Optimizer::lbfgs, Optimizer::adam}) {
        const auto here = walked(torch::kCPU, optimizer), there = walked(stand_in::device(), optimizer);
        CHECK(here.size() == 25 && there.size() == 25);
        for (std::size_t i = 0; i < 5; ++i) // later small differences have grown
            CHECK_NEAR(there[i] / here[i], 1, 1e-3);
        CHECK_NEAR(there.back() / here.back(), 1, 0.01);
    }
}

static void a_dream_waits_for_another_device_once_in_ten_steps_or_tiles() {
    const TestNetwork network(stand_in::device());
    for (const int tile_side : {0, 32}) {
        const auto settings = dreaming(30);
        auto plan = plan_dream(network.feature_network, settings, {96, 96});
        plan.tile_sides.back() = tile_side;
        torch::manual_seed(3);
        OptimizeInput input{.content = torch::rand({1, 3, 96, 96}).to(stand_in::device()), .styles = {}};
        OptimizeState state;
        std::vector<std::int64_t> copies; // of the last octave
        stand_in::reset_counts();
        const OptimizeReports reports{[&](const OptimizeProgress& progress) {
                                          if (progress.iteration == 1)
                                              copies.clear();
                                          CHECK(progress.iteration == int(copies.size()) + 1);
                                          copies.push_back(stand_in::counts().to_host +
                                                           stand_in::counts().to_device);
                                      },
                                      [](std::string_view) {}};
        dream(network.feature_network, plan, input, settings, state, reports, {});
        CHECK(copies.size() == 30);
        const int most = tile_side == 0 ? 2 : 20 * 9 / 10; // of twenty steps, in nine tiles each
        CHECK(copies[29] - copies[9] <= most);
    }
}

static void another_device_dreams_as_the_cpu_does() {
    const NetworkFiles files;
    auto settings = dreaming(3);
    settings.precision = Precision::float32;
    const auto there_and_here = [&](const char* device) {
        auto engine = Engine::open({.feature_network = files.network, .device = device});
        CHECK(engine);
        auto dreamed = engine->paint({.content = waves(150, 110, 0.05), .styles = {}, .settings = settings});
        CHECK(dreamed);
        return *std::move(dreamed);
    };
    CHECK(largest_difference(there_and_here("cpu"), there_and_here("standin")) < 1.0 / 255);
}

int steps_between_reads_tests() {
    return run_tests({TEST(another_device_is_waited_for_once_in_ten_steps),
                      TEST(another_device_is_waited_for_once_in_ten_tiles),
                      TEST(another_device_walks_as_the_cpu_does),
                      TEST(a_dream_waits_for_another_device_once_in_ten_steps_or_tiles),
                      TEST(another_device_dreams_as_the_cpu_does)});
}
