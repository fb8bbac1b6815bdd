// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "tiling.hpp"

#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

const std::vector<std::pair<int, int>> sizes{{1, 1}, {15, 40}, {64, 64}, {200, 130}, {333, 97}, {1000, 31}};
const std::vector<int> sides{0, 16, 64, 100, 5000};

template <typename Check>
void for_many(Check check) {
    for (const auto& [width, height] : sizes)
        for (const int side : sides)
            for (const bool wraps : {false, true})
                check(width, height, Tiling(width, height, {side, 32, 16, wraps}));
}

} // namespace

static void tiles_cover_every_pixel_once() {
    for_many([](int width, int height, const Tiling& tiling) {
        auto counts = torch::zeros({height, width});
        for (const auto& tile : tiling.tiles())
            counts.narrow(0, tile.down.own, tile.down.own_length)
                .narrow(1, tile.across.own, tile.across.own_length)
                .add_(1);
        CHECK(counts.eq(1).all().item<bool>());
    });
}

static void windows_begin_on_multiples_of_the_stride() {
    for_many([](int, int, const Tiling& tiling) {
        for (const auto& tile : tiling.tiles())
            for (const auto& span : {tile.across, tile.down}) {
                CHECK(span.own % 16 == 0);
                CHECK(span.own_in_window() % 16 == 0);
            }
    });
}

static void windows_see_the_halo_or_the_border() {
    for_many([](int width, int, const Tiling& tiling) {
        for (const auto& tile : tiling.tiles()) {
            const auto& a = tile.across;
            CHECK(a.own - a.seen >= 32 || a.seen == 0);
            const int behind = a.seen + a.seen_length - (a.own + a.own_length);
            CHECK(behind >= 32 || a.seen + a.seen_length == width);
        }
    });
}

static void windows_are_equally_large() {
    for (const bool wraps : {false, true}) {
        const Tiling tiling(1003, 700, {100, 32, 16, wraps});
        for (const auto& tile : tiling.tiles())
            CHECK(tile.across.seen_length == tiling.widest() && tile.down.seen_length == tiling.highest());
    }
}

static void without_a_side_there_is_one_tile() {
    const Tiling tiling(300, 200, {});
    CHECK(tiling.tiles().size() == 1);
    CHECK(tiling.widest() == 300 && tiling.highest() == 200);
}

static void a_wrapped_window_continues_at_the_opposite_border() {
    const auto picture = torch::arange(6 * 8).view({1, 1, 6, 8}).to(torch::kFloat32);
    const Tiling tiling(8, 6, {.side = 0, .halo = 16, .stride = 16, .wraps = true});
    const auto window = tiling.window(picture, tiling.tiles().front());
    CHECK(window.size(2) == 6 + 32 && window.size(3) == 8 + 32);
    for (const int y : {0, 15, 16, 21, 22, 37})
        for (const int x : {0, 15, 16, 23, 24, 39})
            CHECK(window.index({0, 0, y, x}).item<float>() ==
                  picture.index({0, 0, ((y - 16) % 6 + 6) % 6, ((x - 16) % 8 + 8) % 8}).item<float>());
}

// Adding windows' gradients is the transpose of cutting windows: <window(a), b> = <a, add(b)>.
static void adding_is_the_transpose_of_cutting() {
    torch::manual_seed(1);
    for (const bool wraps : {false, true}) {
        const Tiling tiling(50, 70, {.side = 32, .halo = 16, .stride = 16, .wraps = wraps});
        const auto picture = torch::rand({1, 3, 70, 50}, torch::kFloat64);
        for (const auto& tile : tiling.tiles()) {
            const auto window = tiling.window(picture, tile);
            const auto other = torch::rand_like(window);
            auto sum = torch::zeros_like(picture);
            tiling.add(sum, tile, other);
            CHECK_NEAR((window * other).sum().item<double>(), (picture * sum).sum().item<double>(), 1e-9);
        }
    }
}

int tiling_tests() {
    return run_tests({TEST(tiles_cover_every_pixel_once), TEST(windows_begin_on_multiples_of_the_stride),
                      TEST(windows_see_the_halo_or_the_border), TEST(windows_are_equally_large),
                      TEST(without_a_side_there_is_one_tile),
                      TEST(a_wrapped_window_continues_at_the_opposite_border),
                      TEST(adding_is_the_transpose_of_cutting)});
}
