// SPDX-License-Identifier: GPL-3.0-or-later
#include "brush.hpp"
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "minimize.hpp"
#include "neighbor_loss.hpp"
#include "objective.hpp"
#include "test_device.hpp"
#include "test_network.hpp"

#include <memory>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

torch::Tensor picture(std::uint64_t seed, int width, int height) {
    torch::manual_seed(seed);
    return at::_upsample_bicubic2d_aa(torch::rand({1, 3, height / 4, width / 4}), {height, width}, false)
        .clamp_(0, 1)
        .to(test_device());
}

BrushStyle style(std::uint64_t seed, int width, int height, const torch::Tensor& weights = {}) {
    return {.seen = {picture(seed, width, height)}, .size = {width, height}, .share = 1, .weights = weights};
}

BrushInput input(int width, int height, std::uint64_t seed = 0) {
    const auto photo = picture(1, width, height);
    return {.guide = photo, .content = photo, .styles = {style(2, 420, 400)}, .seed = seed};
}

double loss_of(Objective& objective, const torch::Tensor& here) {
    return objective.evaluate(here, nullptr, {})[LossTerm::neighbors].value;
}

} // namespace

static void a_seed_finds_the_same_matches() {
    const TestNetwork network(test_device());
    const auto found = [&](std::uint64_t seed) {
        BrushMatches matches;
        brush_target(network.feature_network, input(160, 120, seed), matches, {});
        return matches.position;
    };
    const auto once = found(1);
    CHECK(torch::equal(once, found(1)));
    CHECK(!torch::equal(once, found(2)));
}

static void columns_of_the_style_have_length_one() {
    const TestNetwork network(test_device());
    BrushMatches matches;
    const auto target = brush_target(network.feature_network, input(160, 120), matches, {});
    CHECK(target.match.size(0) == 30 && target.match.size(1) == 40);
    auto squares = torch::zeros({target.rows.front().size(0)}, test_device());
    for (const auto& rows : target.rows)
        squares += rows.square().sum(1);
    CHECK_NEAR((squares - 1).abs().max().item<double>(), 0, 1e-4);
    CHECK(target.match.min().item<int>() >= 0 && target.match.max().item<int>() < squares.size(0));
}

static void nothing_matches_what_is_not_seen_of_a_style() {
    const TestNetwork network(test_device());
    for (const auto& [width, height] : {std::pair(160, 120), std::pair(900, 700)}) {
        auto half = input(width, height);
        auto& style = half.styles.front();
        style.seen.alpha = torch::ones({1, 1, 400, 420}, test_device());
        style.seen.alpha.narrow(3, 0, 200).zero_();
        BrushMatches matches;
        brush_target(network.feature_network, half, matches, {});
        const auto grid = matches.grids.front();
        const auto column = matches.position.remainder(grid.width);
        CHECK((column >= 200 / 4).all().item<bool>());
    }
}

static void regions_keep_to_their_styles() {
    const TestNetwork network(test_device());
    auto left = torch::zeros({120, 160});
    left.narrow(1, 0, 80).fill_(1);
    auto two = input(160, 120);
    two.styles = {style(2, 100, 90, left), style(3, 90, 110, 1 - left)};
    BrushMatches matches;
    const auto target = brush_target(network.feature_network, two, matches, {});
    CHECK(torch::all(matches.style.narrow(1, 0, 20) == 0).item<bool>());
    CHECK(torch::all(matches.style.narrow(1, 20, 20) == 1).item<bool>());
    const auto style_of_match = target.style_of_row.index_select(0, target.match.view({-1})).view({30, 40});
    CHECK(torch::equal(style_of_match.cpu(), matches.style.cpu()));
}

static void protected_places_are_left_out() {
    const TestNetwork network(test_device());
    auto open = torch::ones({120, 160});
    open.narrow(0, 0, 60).fill_(0);
    auto half = input(160, 120);
    half.styles.front().weights = open;
    BrushMatches matches;
    const auto target = brush_target(network.feature_network, half, matches, {});
    CHECK(torch::all(matches.style.narrow(0, 0, 15) == -1).item<bool>());
    CHECK(torch::all(target.weights.narrow(0, 0, 15) == 0).item<bool>());
    CHECK(torch::all(target.weights.narrow(0, 15, 15) == 1).item<bool>());
}

static void styles_share_the_places_by_their_shares() {
    const TestNetwork network(test_device());
    auto two = input(160, 120);
    two.styles = {style(2, 100, 90), style(3, 90, 110)};
    two.styles.front().share = 3;
    BrushMatches matches;
    brush_target(network.feature_network, two, matches, {});
    CHECK_NEAR((matches.style == 0).to(torch::kFloat32).mean().item<double>(), 0.75, 0.02);
}

static void a_large_painting_goes_on_from_the_matches_of_a_small_one() {
    const TestNetwork network(test_device());
    BrushMatches matches;
    auto small = input(400, 300);
    brush_target(network.feature_network, small, matches, {});
    const auto coarse = matches.position;
    auto large = input(800, 600);
    large.styles.front().size = {840, 800};
    const auto target = brush_target(network.feature_network, large, matches, {});
    CHECK(target.match.size(0) == 150 && target.match.size(1) == 200);
    // A position's four finer ones match four neighbours in the finer style.
    const auto one = coarse[20][30].item<std::int64_t>();
    const auto y = 2 * (one / 105), x = 2 * (one % 105);
    CHECK(matches.position[40][60].item<std::int64_t>() == y * 210 + x);
    CHECK(matches.position[40][61].item<std::int64_t>() == y * 210 + x + 1);
    CHECK(matches.position[41][60].item<std::int64_t>() == (y + 1) * 210 + x);
}

static void a_large_painting_without_a_small_one_is_matched_all_the_same() {
    const TestNetwork network(test_device());
    BrushMatches matches;
    const auto target = brush_target(network.feature_network, input(900, 700), matches, {});
    CHECK(target.match.size(0) == 175 && target.match.size(1) == 225);
    CHECK(target.rows.front().size(0) > 1000);
}

static void the_gradient_is_the_slope_of_the_loss() {
    const TestNetwork network(test_device());
    auto left = torch::linspace(0, 1, 160).expand({120, 160}).contiguous();
    auto two = input(160, 120);
    two.styles = {style(2, 100, 90, left), style(3, 90, 110, 1 - left)};
    BrushMatches matches;
    Objective objective(network.feature_network);
    objective.add(std::make_unique<NeighborLoss>(network.feature_network,
                                                 brush_target(network.feature_network, two, matches, {}), 3));
    const auto here = picture(5, 160, 120);
    torch::Tensor gradient;
    const auto losses = objective.evaluate(here, &gradient, {});
    CHECK(losses[LossTerm::neighbors].value == losses.total() && losses.total() > 0);
    const auto direction = gradient / gradient.norm();
    const double step = 0.02;
    const double slope =
        (loss_of(objective, here + step * direction) - loss_of(objective, here - step * direction)) /
        (2 * step);
    CHECK_NEAR(slope / gradient.norm().item<double>(), 1, 0.02);
}

static void painting_comes_nearer_to_the_matches() {
    const TestNetwork network(test_device());
    BrushMatches matches;
    const auto asked = input(160, 120);
    Objective objective(network.feature_network);
    objective.add(std::make_unique<NeighborLoss>(
        network.feature_network, brush_target(network.feature_network, asked, matches, {}), 1));
    const auto painted = minimize(
        asked.guide, [&](const torch::Tensor& p, torch::Tensor* g) { return objective.evaluate(p, g, {}); },
        {.iterations = 20}, [](int, const Losses&, const torch::Tensor&) {});
    CHECK(loss_of(objective, painted) < 0.7 * loss_of(objective, asked.guide));
}

int brush_tests() {
    return run_tests({TEST(a_seed_finds_the_same_matches), TEST(columns_of_the_style_have_length_one),
                      TEST(nothing_matches_what_is_not_seen_of_a_style), TEST(regions_keep_to_their_styles),
                      TEST(protected_places_are_left_out), TEST(styles_share_the_places_by_their_shares),
                      TEST(a_large_painting_goes_on_from_the_matches_of_a_small_one),
                      TEST(a_large_painting_without_a_small_one_is_matched_all_the_same),
                      TEST(the_gradient_is_the_slope_of_the_loss),
                      TEST(painting_comes_nearer_to_the_matches)});
}
