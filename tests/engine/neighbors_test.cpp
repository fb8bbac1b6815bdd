// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "neighbors.hpp"

#include <algorithm>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

constexpr int side = 12;

// Columns in all directions.
torch::Tensor any_columns(std::uint64_t seed, int count = side * side) {
    torch::manual_seed(seed);
    return torch::randn({count, 20});
}

Seekers seekers(const torch::Tensor& columns) {
    return {.columns = columns,
            .colors = torch::zeros({side * side, 1}),
            .height = side,
            .width = side,
            .wanted = torch::ones({side * side}, torch::kBool)};
}

Sought sought(const torch::Tensor& columns) {
    return {.columns = columns,
            .colors = torch::zeros({side * side, 1}),
            .position = torch::arange(side * side),
            .height = side,
            .width = side};
}

constexpr Preferences likeness_alone{.color = 0, .repeated = 0, .adjacent = 0};

std::int64_t most_uses(const torch::Tensor& rows) {
    return torch::bincount(rows.to(torch::kInt64)).max().item<std::int64_t>();
}

} // namespace

static void a_picture_finds_itself() {
    const auto columns = any_columns(1);
    // Neither the mean nor the length of columns matters.
    const auto found = nearest_neighbors(seekers(2 * columns + 3), sought(columns), likeness_alone);
    CHECK(torch::equal(found.to(torch::kInt64), torch::arange(side * side)));
}

static void where_nothing_is_wanted_nothing_is_found() {
    auto left = seekers(any_columns(1));
    left.wanted = torch::arange(side * side).remainder(side) < 5;
    const auto found = nearest_neighbors(left, sought(any_columns(2)), likeness_alone);
    CHECK(torch::equal(found >= 0, left.wanted));
    left.wanted.fill_(false);
    CHECK(most_uses(nearest_neighbors(left, sought(any_columns(2)), likeness_alone) + 1) == side * side);
}

static void a_flat_picture_does_not_repeat_one_place() {
    // Tiny differences, as in a sky.
    const auto flat = any_columns(3, 1).expand({side * side, 20}) + 1e-3 * any_columns(4);
    auto guide = seekers(torch::cat({flat.narrow(0, 0, side * side - 1), any_columns(5, 1)}));
    const auto style = sought(any_columns(6));
    CHECK(most_uses(nearest_neighbors(guide, style, likeness_alone)) > side);
    auto sparing = likeness_alone;
    sparing.repeated = 0.2;
    CHECK(most_uses(nearest_neighbors(guide, style, sparing)) <= 6);
}

static void a_clear_best_stays() {
    const auto columns = any_columns(7);
    auto sparing = likeness_alone;
    sparing.repeated = 0.2;
    const auto found = nearest_neighbors(seekers(columns), sought(columns), sparing);
    CHECK(torch::equal(found.to(torch::kInt64), torch::arange(side * side)));
}

static void streaks_go_on_as_they_do_in_the_style() {
    auto guide = seekers(any_columns(8));
    auto coherent = likeness_alone;
    coherent.adjacent = 4; // more than any similarity
    const auto found = nearest_neighbors(guide, sought(any_columns(9)), coherent).to(torch::kInt64);
    // To the right up to the style's border, where another place is chosen.
    const auto next = found.view({side, side});
    int on = 0;
    for (int y = 0; y < side; ++y)
        for (int x = 1; x < side; ++x)
            on += next[y][x].item<std::int64_t>() == next[y][x - 1].item<std::int64_t>() + 1;
    CHECK(on > side * (side - 1) / 2);
}

static void colors_decide_between_equals() {
    const auto columns = torch::cat({any_columns(10, 1), any_columns(10, 1), any_columns(11, 1)});
    const Seekers guide{.columns = columns,
                        .colors = torch::tensor({1.0F, 0.0F, 0.0F}).view({3, 1}),
                        .height = 1,
                        .width = 3,
                        .wanted = torch::ones({3}, torch::kBool)};
    const Sought style{.columns = columns,
                       .colors = torch::tensor({0.0F, 1.0F, 0.0F}).view({3, 1}),
                       .position = torch::arange(3),
                       .height = 1,
                       .width = 3};
    auto colored = likeness_alone;
    colored.color = 0.1;
    const auto found = nearest_neighbors(guide, style, colored);
    CHECK(found[0].item<int>() == 1 && found[1].item<int>() == 0 && found[2].item<int>() == 2);
}

static void a_seed_draws_the_same_places() {
    const auto once = drawn(1000, 100, 7);
    CHECK(once == drawn(1000, 100, 7));
    CHECK(once != drawn(1000, 100, 8));
    CHECK(once.size() == 100 && std::ranges::is_sorted(once));
    CHECK(std::ranges::adjacent_find(once) == once.end() && once.back() < 1000);
    CHECK(drawn(5, 100, 7) == std::vector<std::int64_t>({0, 1, 2, 3, 4}));
}

int neighbors_tests() {
    return run_tests({TEST(a_picture_finds_itself), TEST(where_nothing_is_wanted_nothing_is_found),
                      TEST(a_flat_picture_does_not_repeat_one_place), TEST(a_clear_best_stays),
                      TEST(streaks_go_on_as_they_do_in_the_style), TEST(colors_decide_between_equals),
                      TEST(a_seed_draws_the_same_places)});
}
