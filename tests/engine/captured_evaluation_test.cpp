// SPDX-License-Identifier: GPL-3.0-or-later
// On the stand-in device: a captured painting is the plain one to the last bit.
#include "brush.hpp"
#include "captured_evaluation.hpp"
#include "cmocka.hpp"
#include "device.hpp"
#include "engine_tests.hpp"
#include "estimate.hpp"
#include "neighbor_loss.hpp"
#include "painting_objective.hpp"
#include "test_network.hpp"
#include "test_pictures.hpp"

#include <neural_style/engine.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <torch/types.h>
#include <vector>

using namespace neural_style;
using namespace tests;

namespace {

constexpr int steps = 24;

torch::Tensor there(const torch::Tensor& tensor) {
    return tensor.to(stand_in::device());
}

// A painting of 48 pixels with every kind of loss, region and manner.
struct Painting {
    explicit Painting(StyleLoss loss, bool wraps = false)
        : objective(network.feature_network, loss,
                    {.content = 1, .style = 10, .tv = 1, .color_tv = 2, .weave = 0.1}, {.wraps = wraps}) {
        torch::manual_seed(1);
        content = there(torch::rand({1, 3, 48, 48}));
        const auto style = there(torch::rand({1, 3, 48, 48}).square());
        const auto left = there(torch::linspace(0, 1, 48).expand({48, 48}).contiguous());
        objective.content_like(content, {{"relu2_1", 1}}, {});
        objective.style_like(style, {{"relu1_1", 1}, {"relu3_1", 1}}, {.weights = left}, {});
        objective.style_like(style, {{"relu2_1", 1}}, {}, {});
        const BrushInput brush{.guide = content,
                               .content = content,
                               .styles = {{.seen = {style}, .size = {48, 48}, .share = 1, .weights = {}}}};
        BrushMatches matches;
        objective.add(std::make_unique<NeighborLoss>(
            network.feature_network, brush_target(network.feature_network, brush, matches, {}), 1));
    }

    Evaluate plain() {
        return
            [this](const torch::Tensor& p, torch::Tensor* g) { return objective.pending_losses(p, g, {}); };
    }
    Evaluate once() {
        return [this](const torch::Tensor& p, torch::Tensor* g) {
            return objective.pending_losses_once(p, g, {});
        };
    }

    struct Walked {
        std::vector<double> losses; // of each step and term
        torch::Tensor painting;
        std::vector<std::int64_t> copies; // so far, at each step
        bool operator==(const Walked& other) const {
            return losses == other.losses && painting.equal(other.painting);
        }
    };
    Walked walked(Optimizer optimizer, const Evaluate& evaluate) {
        Walked walked;
        stand_in::reset_counts();
        walked.painting =
            minimize(content, evaluate, {.optimizer = optimizer, .iterations = steps},
                     [&](int, const Losses& losses, const torch::Tensor&) {
                         for (const auto& term : losses.terms)
                             walked.losses.push_back(term.value);
                         walked.copies.push_back(stand_in::counts().to_host + stand_in::counts().to_device);
                     })
                .cpu();
        return walked;
    }

    TestNetwork network{stand_in::device()};
    PaintingObjective objective;
    torch::Tensor content;
};

std::int64_t replays_of(int iterations) {
    return iterations - CapturedStep::calls_before_replays + 2;
}

} // namespace

static void captured_steps_are_the_plain_ones_to_the_last_bit() {
    struct Case {
        StyleLoss loss;
        Optimizer optimizer;
        bool wraps = false;
    };
    for (const auto& [loss, optimizer, wraps] :
         {Case{StyleLoss::gaussian, Optimizer::lbfgs}, Case{StyleLoss::moments, Optimizer::adam, true},
          Case{StyleLoss::classic, Optimizer::adam}, Case{StyleLoss::formula, Optimizer::lbfgs, true}}) {
        Painting painting(loss, wraps);
        const auto plain = painting.walked(optimizer, painting.plain());
        CHECK(stand_in::counts().replays == 0);
        CapturedEvaluation captured(painting.once(), painting.plain());
        const auto replayed = painting.walked(optimizer, std::ref(captured));
        CHECK(captured.is_captured());
        CHECK(stand_in::counts().captures == 1 && stand_in::counts().replays == replays_of(steps));
        CHECK(replayed == plain);
        CHECK(replayed.copies[19] - replayed.copies[9] <= 1); // of ten steps
    }
}

static void a_faulty_capture_costs_nothing_of_the_painting() {
    Painting painting(StyleLoss::gram); // the fewest kernels
    const auto plain = painting.walked(Optimizer::lbfgs, painting.plain());
    for (const auto fault :
         {stand_in::CaptureFault::refused, stand_in::CaptureFault::empty, stand_in::CaptureFault::stale}) {
        const stand_in::FaultyCaptures faulty(fault);
        CapturedEvaluation captured(painting.once(), painting.plain());
        CHECK(painting.walked(Optimizer::lbfgs, std::ref(captured)) == plain);
        CHECK(!captured.is_captured());
    }
}

static void a_weight_that_changes_between_steps_is_noticed() {
    Painting painting(StyleLoss::gram);
    CapturedEvaluation captured(
        [&](const torch::Tensor& p, torch::Tensor* g) {
            painting.objective.strengthen_style(1.1);
            return painting.objective.pending_losses_once(p, g, {});
        },
        painting.plain());
    painting.walked(Optimizer::adam, std::ref(captured));
    CHECK(!captured.is_captured());
}

static void where_memory_runs_out_the_tiles_become_smaller_as_ever() {
    Painting painting(StyleLoss::gram);
    int asked_once = 0;
    CapturedEvaluation captured(
        [&](const torch::Tensor&, torch::Tensor*) -> PendingLosses {
            ++asked_once;
            throw c10::OutOfMemoryError({}, "standin out of memory");
        },
        painting.plain());
    const auto plain = painting.walked(Optimizer::adam, painting.plain());
    CHECK(painting.walked(Optimizer::adam, std::ref(captured)) == plain);
    CHECK(asked_once == 1);
}

static void other_pictures_are_evaluated_plainly() {
    Painting painting(StyleLoss::gram);
    CapturedEvaluation captured(painting.once(), painting.plain());
    painting.walked(Optimizer::adam, std::ref(captured));
    const auto other = painting.content.flip(3);
    torch::Tensor gradient, expected;
    const auto total = double(captured(other, &gradient).total());
    CHECK(total == double(painting.plain()(other, &expected).total()) &&
          gradient.cpu().equal(expected.cpu()));
}

static void the_engine_captures_where_memory_and_tiles_allow() {
    const NetworkFiles files;
    Settings settings;
    settings.precision = Precision::float32;
    settings.style_loss = StyleLoss::gram; // the fewest kernels
    settings.iterations = least_captured_iterations;
    const auto painted = [&](std::uint64_t memory_limit) {
        auto engine = Engine::open({.feature_network = files.network, .device = "standin"});
        CHECK(engine);
        const auto content = waves(96, 80, 0.05), style = waves(64, 64, 0.2);
        stand_in::reset_counts();
        auto painting = engine->paint({.content = content,
                                       .styles = {{.picture = style}},
                                       .settings = settings,
                                       .memory_limit = memory_limit});
        CHECK(painting);
        return *std::move(painting);
    };
    const auto captured = painted(0);
    CHECK(stand_in::counts().captures > 0 && stand_in::counts().replays > 0);
    {
        const stand_in::FaultyCaptures faulty(stand_in::CaptureFault::refused);
        CHECK(largest_difference(captured, painted(0)) == 0);
        CHECK(stand_in::counts().captures == 0 && stand_in::counts().replays == 0);
    }
    settings.iterations = least_captured_iterations - 1;
    painted(0);
    CHECK(stand_in::counts().captures == 0);
}

static void a_capture_counts_in_the_estimate() {
    const TestNetwork network(stand_in::device());
    Settings settings;
    settings.iterations = 2 * least_captured_iterations;
    const JobSizes sizes{.content = {512, 512}, .painted = {512, 512}, .styles = {{256, 256}}};
    const auto planned = [&](std::uint64_t limit) {
        auto plan = plan_optimize(network.feature_network, settings, sizes.painted, sizes.styles);
        CHECK(fit_tiles(network.feature_network, plan, settings, sizes, limit));
        CHECK(memory_needed(network.feature_network, plan, settings, sizes) <= limit);
        return plan;
    };
    auto captured = planned(std::uint64_t(1) << 40);
    CHECK(captured.captured.back() && captured.tile_sides.back() == 0);
    const auto with = memory_needed(network.feature_network, captured, settings, sizes);
    const auto plain = planned(with - 1);
    CHECK(!plain.captured.back() && plain.tile_sides.back() == 0);
    CHECK(memory_needed(network.feature_network, plain, settings, sizes) < with);
}

int captured_evaluation_tests() {
    return run_tests({TEST(captured_steps_are_the_plain_ones_to_the_last_bit),
                      TEST(a_faulty_capture_costs_nothing_of_the_painting),
                      TEST(a_weight_that_changes_between_steps_is_noticed),
                      TEST(where_memory_runs_out_the_tiles_become_smaller_as_ever),
                      TEST(other_pictures_are_evaluated_plainly),
                      TEST(the_engine_captures_where_memory_and_tiles_allow),
                      TEST(a_capture_counts_in_the_estimate)});
}
