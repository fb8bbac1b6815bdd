// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "optimize.hpp"
#include "painting_objective.hpp"
#include "strip.hpp"
#include "test_network.hpp"
#include "thread_ranks.hpp"

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <torch/types.h>
#include <utility>
#include <vector>

using namespace neural_style;
using namespace tests;

namespace {

torch::Tensor picture(std::int64_t seed, int height, int width) {
    torch::manual_seed(seed);
    const auto coarse = torch::rand({1, 3, height / 8 + 1, width / 8 + 1});
    return at::_upsample_bicubic2d_aa(coarse, {height, width}, false).clamp_(0.02, 0.98);
}

double largest(const torch::Tensor& difference) {
    return difference.abs().max().item<double>();
}

} // namespace

static void strips_cover_every_row_and_see_their_neighbours() {
    const Strip::Cut cut{.stride = 16, .halo = 32};
    int next = 0;
    for (int r = 0; r < 4; ++r) {
        const auto strip = *Strip::of(333, cut, r, 4);
        CHECK(strip.first == next);
        CHECK(strip.first % 16 == 0);
        CHECK(strip.own_in_kept() == (r == 0 ? 0 : 32));
        CHECK(strip.halo_below() == (r == 3 ? 0 : 32));
        next = strip.first + strip.count;
    }
    CHECK(next == 333);
    CHECK(!Strip::of(120, cut, 0, 4));
}

static void halos_are_what_the_neighbours_have_and_go_back_to_them() {
    const auto whole = picture(1, 200, 24);
    const Strip::Cut cut{.stride = 8, .halo = 16};
    auto counted = torch::zeros_like(whole);
    in_ranks(3, [&](Ranks& ranks) {
        const auto strip = *Strip::of(200, cut, ranks.rank(), ranks.count());
        auto kept = whole.narrow(2, strip.top, strip.rows).clone();
        const auto expected = kept.clone();
        kept.narrow(2, 0, strip.own_in_kept()).zero_();
        kept.narrow(2, strip.rows - strip.halo_below(), strip.halo_below()).zero_();
        fill_halo(kept, strip, ranks);
        CHECK(torch::equal(kept, expected));

        auto ones = torch::ones_like(kept);
        add_halo(ones, strip, ranks);
        collect(ones, strip, cut, ranks, [&](int first, const torch::Tensor& rows) {
            CHECK(ranks.rank() == 0);
            counted.narrow(2, first, rows.size(2)).copy_(rows);
        });
    });
    // Rows next to a border between strips are seen by two.
    CHECK(counted.sum().item<double>() == 3.0 * 24 * (200 + 4 * 16));
    CHECK(counted.max().item<double>() == 2.0);
}

static void resized_rows_are_rows_of_the_resized() {
    const auto whole = picture(2, 210, 150);
    const auto rows = [&](int first, int count) { return whole.narrow(2, first, count); };
    for (const auto& [height, width] : {std::pair{297, 212}, {105, 75}, {60, 43}, {210, 150}}) {
        const auto expected = at::_upsample_bicubic2d_aa(whole, {height, width}, false);
        const auto here = resized_rows(rows, 210, height, width, 13, 40);
        CHECK(largest(here - expected.narrow(2, 13, 40)) < 2e-6);
        CHECK(torch::equal(here, resized_by_rows(whole, width, height).narrow(2, 13, 40)));
    }
    const auto expected = torch::upsample_bilinear2d(whole, {297, 212}, false);
    const auto here = resized_rows(rows, 210, 297, 212, 0, 297, Kernel::bilinear);
    CHECK(largest(here - expected) < 2e-6);
}

static void losses_and_gradient_of_strips_are_those_of_the_whole() {
    const TestNetwork network;
    const auto here = picture(3, 261, 90), content = picture(4, 261, 90), style = picture(5, 80, 70);
    const auto layers = [](const std::vector<std::string>& names) {
        WeightedLayers weighted;
        for (const auto& name : names)
            weighted.emplace_back(name, 1);
        return weighted;
    };
    const auto& n = network.feature_network;
    const auto objective = [&](const torch::Tensor& of_content, const View& view) {
        auto made = std::make_unique<PaintingObjective>(
            n, StyleLoss::gaussian,
            LossWeights{.content = 1, .style = 3, .tv = 2, .color_tv = 15, .weave = 0.3}, view);
        made->style_like(style, layers(n.style_taps()), {}, {});
        made->content_like(of_content, {{n.content_taps().front(), 1}}, {}); // sees less around it
        return made;
    };
    torch::Tensor expected;
    const auto losses = objective(content, {})->evaluate(here, &expected, {});
    const auto cut_of_network = cut_for(n, n.layer(n.layers().back()), 0);
    const Strip::Cut cut{.stride = cut_of_network.stride, .halo = cut_of_network.halo};
    for (const int tile_side : {0, 32})
        in_ranks(3, [&](Ranks& ranks) {
            const auto strip = *Strip::of(261, cut, ranks.rank(), ranks.count());
            const auto kept = [&](const torch::Tensor& t) {
                return t.narrow(2, strip.top, strip.rows).contiguous();
            };
            torch::Tensor gradient;
            const auto own =
                objective(kept(content), {.tile_side = tile_side, .strip = strip, .ranks = &ranks})
                    ->evaluate(kept(here), &gradient, {});
            for (std::size_t i = 0; i < losses.terms.size(); ++i)
                CHECK_NEAR(own.terms[i].value, losses.terms[i].value, 1e-5 * losses.terms[i].value);
            const auto difference = gradient.narrow(2, strip.own_in_kept(), strip.count) -
                                    expected.narrow(2, strip.first, strip.count);
            CHECK(largest(difference) < 1e-4 * largest(expected));
        });
}

static void a_painting_in_strips_is_the_painting() {
    const TestNetwork network;
    const auto content = picture(6, 327, 90), style = picture(5, 80, 70);
    Settings settings;
    settings.optimizer = Optimizer::adam;
    settings.iterations = 4;
    const auto paint = [&](std::optional<SharedInput> shared) {
        auto plan = plan_optimize(network.feature_network, settings, {90, 327}, {{80, 70}});
        OptimizeInput input{.content = shared ? torch::Tensor() : content.clone(),
                            .shared = std::move(shared),
                            .styles = {{.seen = {style}}}};
        OptimizeState state;
        return optimize(network.feature_network, plan, input, settings, state,
                        {[](const OptimizeProgress&) {}, [](std::string_view) {}}, {});
    };
    const auto expected = paint({});
    for (const int count : {2, 4}) {
        auto painting = torch::zeros_like(expected);
        in_ranks(count, [&](Ranks& ranks) {
            paint(SharedInput{.ranks = &ranks,
                              .content = [&](int first, int rows) { return content.narrow(2, first, rows); },
                              .height = 327,
                              .painting =
                                  [&](int first, const torch::Tensor& rows) {
                                      CHECK(ranks.rank() == 0);
                                      painting.narrow(2, first, rows.size(2)).copy_(rows);
                                  }});
        });
        const auto difference = (painting - expected).abs();
        std::fprintf(stderr, "%d ranks: mean %g, largest %g\n", count, difference.mean().item<double>(),
                     difference.max().item<double>());
        CHECK(difference.mean().item<double>() < 1e-4);
    }
}

int strip_tests() {
    return run_tests({TEST(strips_cover_every_row_and_see_their_neighbours),
                      TEST(halos_are_what_the_neighbours_have_and_go_back_to_them),
                      TEST(resized_rows_are_rows_of_the_resized),
                      TEST(losses_and_gradient_of_strips_are_those_of_the_whole),
                      TEST(a_painting_in_strips_is_the_painting)});
}
