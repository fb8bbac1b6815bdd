// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "optimize.hpp"
#include "painting_objective.hpp"
#include "style_loss_table.hpp"
#include "test_network.hpp"

#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

torch::Tensor features(std::uint64_t seed) {
    torch::manual_seed(seed);
    return (torch::rand({1, 5, 8, 10}) + 0.1).contiguous(torch::MemoryFormat::ChannelsLast);
}

double distance(const StyleLossRow& row, const torch::Tensor& a, const torch::Tensor& b) {
    const auto sums_of = [](const torch::Tensor& features) {
        FeatureSums sums(features.size(1));
        sums.add(features);
        return sums;
    };
    return row.target(sums_of(a)).compare(sums_of(b)).loss;
}

Settings settings_of(const StyleLossRow& row) {
    Settings settings;
    settings.style_loss = row.loss;
    return settings;
}

OptimizePlan plan(const TestNetwork& network, const Settings& settings) {
    return plan_optimize(network.feature_network, settings, {512, 384}, {{400, 300}});
}

// The losses of `copies` copies of a picture side by side, at a layer without border effects.
Losses losses_of(const TestNetwork& network, const StyleLossRow& row, int copies,
                 const torch::Tensor& region = {}) {
    torch::manual_seed(3);
    const auto repeated = [&](const torch::Tensor& picture) { return picture.repeat({1, 1, 1, copies}); };
    const auto content = torch::rand({1, 3, 32, 32}), here = torch::rand({1, 3, 32, 32});
    PaintingObjective objective(network.feature_network, row.loss, {.content = 1, .style = 1, .tv = 1},
                                {.wraps = true});
    objective.content_like(repeated(content), {{"relu1_1", 1}}, {});
    objective.style_like(torch::rand({1, 3, 48, 48}).square(), {{"relu1_1", 1}}, {.weights = region}, {});
    return objective.evaluate(repeated(here), nullptr, {});
}

} // namespace

static void every_style_loss_has_its_row() {
    for (std::size_t i = 0; i < style_loss_table.size(); ++i) {
        CHECK(style_loss_table[i].loss == StyleLoss(i));
        CHECK(&style_loss_row(StyleLoss(i)) == &style_loss_table[i]);
    }
}

static void only_the_statistics_of_a_row_are_compared() {
    const auto plain = features(1), other = features(2);
    // Products do not change if features change their sign, nor do means and deviations if each channel is
    // permuted.
    auto signs = torch::ones({1, 1, 8, 10});
    signs.narrow(2, 0, 4).fill_(-1);
    auto shuffled = plain.clone();
    for (int c = 0; c < 5; ++c)
        shuffled.select(1, c).copy_(plain.select(1, c).roll({c, 2 * c}, {1, 2}));
    for (const auto& row : style_loss_table) {
        CHECK(distance(row, plain, other) > 1e-4);
        CHECK((distance(row, plain, plain * signs) < 1e-6) == (row.statistics == Statistics::gram));
        CHECK((distance(row, plain, shuffled) < 1e-6) == (row.statistics == Statistics::moments));
    }
}

static void means_count_by_the_area_of_their_region() {
    const TestNetwork network;
    auto half = torch::zeros({32, 64});
    half.narrow(1, 0, 32).fill_(1);
    for (const auto& row : style_loss_table) {
        const double share = losses_of(network, row, 2, half)[LossTerm::style].value /
                             losses_of(network, row, 2, torch::ones({32, 64}))[LossTerm::style].value;
        CHECK((std::abs(share - 0.5) < 1e-3) == row.counts_by_area);
    }
}

static void content_and_smoothness_follow_the_measure() {
    const TestNetwork network;
    for (const auto& row : style_loss_table) {
        const auto once = losses_of(network, row, 1), twice = losses_of(network, row, 2);
        const double factor = row.measure == Measure::sums ? 2 : 1;
        for (const auto term : {LossTerm::content, LossTerm::tv})
            CHECK_NEAR(twice[term].value / once[term].value, factor, 1e-3);
    }
}

static void the_plan_follows_the_schedule() {
    const TestNetwork network;
    for (const auto& row : style_loss_table) {
        const auto planned = plan(network, settings_of(row));
        CHECK((planned.scales.size() > 1) == row.schedule.coarse_to_fine);
        if (row.schedule.iterations > 0)
            CHECK(planned.scales.back().iterations == row.schedule.iterations);
        auto settings = settings_of(row);
        settings.iterations = 7;
        CHECK(plan(network, settings).scales.back().iterations == 7);
        for (const auto optimizer : {Optimizer::lbfgs, Optimizer::adam}) {
            settings.optimizer = optimizer;
            CHECK(planned.optimizer_at(planned.scales.front(), settings) ==
                  row.schedule.optimizer.value_or(optimizer));
        }
        // The network has three of the layers that a schedule names.
        const bool named = !row.schedule.style_layers.empty();
        CHECK(planned.style_layers.size() ==
              (named ? row.schedule.style_layers.size() : network.feature_network.style_taps().size()));
        CHECK(planned.notices.empty() != named);
    }
}

static void the_plan_follows_the_other_traits() {
    const TestNetwork network;
    for (const auto& row : style_loss_table) {
        const auto planned = plan(network, settings_of(row));
        CHECK_NEAR(planned.weights.content, row.weights.content, 1e-9 * row.weights.content);
        CHECK_NEAR(planned.weights.style, row.weights.style, 1e-9 * row.weights.style);
        CHECK_NEAR(planned.weights.tv, row.weights.tv, 1e-9);
        CHECK(planned.weights.color_tv == row.weights.color_tv);
        CHECK(planned.weights.weave == row.weights.weave);
        CHECK((planned.style_layers.front().second > planned.style_layers.back().second) ==
              (row.layer_shares == LayerShares::strokes_first));
        CHECK(planned.wanted_distance.has_value() == row.steered);
        CHECK((planned.grain > 0) == row.with_grain);
        CHECK(planned.neighbors == 0);
        auto brush = settings_of(row);
        brush.manner = Manner::brush;
        CHECK((plan(network, brush).neighbors > 0) == row.with_brush);
    }
}

int style_loss_table_tests() {
    return run_tests({TEST(every_style_loss_has_its_row), TEST(only_the_statistics_of_a_row_are_compared),
                      TEST(means_count_by_the_area_of_their_region),
                      TEST(content_and_smoothness_follow_the_measure), TEST(the_plan_follows_the_schedule),
                      TEST(the_plan_follows_the_other_traits)});
}
