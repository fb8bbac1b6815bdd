// SPDX-License-Identifier: GPL-3.0-or-later
// Networks that were added see a picture in tiles as they see it whole.
#include "cmocka.hpp"
#include "estimate.hpp"
#include "painting_objective.hpp"
#include "random_checkpoint.hpp"
#include "test_folder.hpp"

#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

FeatureNetwork network_of(const std::string& name) {
    const Folder folder;
    const FeatureNetwork network(Weights::read(write_added_network(folder.path, name)), torch::kCPU);
    // Where windows of poolings overlap, rounding in float32 gives the gradient to another of two values.
    return name.starts_with("squeezenet") ? network.adapted(torch::kCPU, torch::kFloat64, Pooling::network)
                                          : network;
}

torch::Tensor picture(std::uint64_t seed, int width, int height) {
    torch::manual_seed(seed);
    return at::_upsample_bicubic2d_aa(torch::rand({1, 3, height / 4, width / 4}), {height, width}, false)
        .clamp_(0, 1);
}

WeightedLayers layers(const std::vector<std::string>& names) {
    WeightedLayers weighted;
    for (const auto& name : names)
        weighted.emplace_back(name, 1.0 / double(names.size()));
    return weighted;
}

struct Evaluation {
    double content, style;
    torch::Tensor gradient;
};

struct Case {
    int width, height;
    bool smoothed = false, wraps = false;
    int halo = 0;
    torch::Tensor weights{}; // of the style
    double of_content = 1;
};

Evaluation evaluated(const FeatureNetwork& network, const Case& c, int tile_side) {
    // The roots of `gaussian` enlarge the rounding of sums, in float64 features, too: their covariance has
    // hardly any rank here.
    const auto loss = network.type() == torch::kFloat64 ? StyleLoss::gram : StyleLoss::gaussian;
    PaintingObjective objective(network, loss, {.content = c.of_content, .style = 1, .tv = 0},
                                {.tile_side = tile_side, .wraps = c.wraps, .halo = tile_side ? c.halo : 0},
                                c.smoothed);
    if (c.of_content > 0)
        objective.content_like(picture(1, c.width, c.height), layers(network.content_taps()), {});
    objective.style_like(picture(2, 190, 150).square(), layers(network.style_taps()), {.weights = c.weights},
                         {});
    torch::Tensor gradient;
    const auto losses = objective.evaluate(picture(3, c.width, c.height), &gradient, {});
    return {losses[LossTerm::content].value, losses[LossTerm::style].value, gradient};
}

double off(const torch::Tensor& gradient, const torch::Tensor& from) {
    return ((gradient - from).abs().max() / from.abs().max()).item<double>();
}

struct Family {
    const char* name;
    int side; // of the tiles; pictures are longer than a tile with its halo
    // Of the gradient, relative to its largest. A tile may begin elsewhere on the grid of Winograd's
    // convolutions, which then round differently: one ReLU or maximum that switches is one pixel's gradient.
    double bound = 5e-4;
};
const Family families[] = {{"vgg19_bn", 96, 5e-3},
                           {"resnet50", 128},
                           {"mobilenet_v2", 96},
                           {"squeezenet1_0", 96},
                           {"squeezenet1_1", 96}};

// Along one side there are several tiles, whose windows are not the whole picture; no stride divides a side.
Case long_picture(const FeatureNetwork& network, int side) {
    int deepest = 0;
    for (const auto* taps : {&network.style_taps(), &network.content_taps()})
        for (const auto& name : *taps)
            deepest = std::max(deepest, network.layer(name));
    return {.width = 2 * side + 2 * network.halo(deepest) + 45, .height = 87};
}

void check_tiles(const FeatureNetwork& network, const Case& c, const Family& family) {
    const auto& [name, side, bound] = family;
    const auto whole = evaluated(network, c, 0), tiled = evaluated(network, c, side);
    std::fprintf(stderr, "%s%s%s %d px: content %.1e, style %.1e, gradient %.1e\n", name,
                 c.smoothed ? " smoothed" : "", c.wraps ? " wrapped" : "", c.width,
                 std::abs(tiled.content / whole.content - 1), std::abs(tiled.style / whole.style - 1),
                 off(tiled.gradient, whole.gradient));
    CHECK(whole.content > 0 && whole.style > 0);
    CHECK_NEAR(tiled.content / whole.content, 1, 2e-5);
    CHECK_NEAR(tiled.style / whole.style, 1, 2e-5);
    CHECK_NEAR(off(tiled.gradient, whole.gradient), 0, bound);
}

} // namespace

static void tiles_change_neither_losses_nor_gradient() {
    for (const auto& family : families) {
        const auto network = network_of(family.name);
        check_tiles(network, long_picture(network, family.side), family);
    }
}

static void tiles_are_exact_where_features_are_smoothed() {
    for (const auto& family : {families[1], families[4]}) {
        const auto network = network_of(family.name);
        auto c = long_picture(network, family.side);
        c.smoothed = true;
        check_tiles(network, c, family);
        c.weights = torch::linspace(1, 0, c.width).expand({c.height, c.width}).contiguous();
        check_tiles(network, c, family);
    }
}

static void tiles_are_exact_where_the_picture_wraps() {
    for (const auto& family : {families[1], families[3]}) {
        const auto network = network_of(family.name);
        check_tiles(network, {.width = 192, .height = 96, .wraps = true}, family);
    }
}

static void a_shorter_halo_is_noticed() {
    for (const auto& [name, side, bound] : {families[1], families[3]}) {
        const auto network = network_of(name);
        auto c = long_picture(network, side);
        const auto whole = evaluated(network, c, 0);
        c.halo = 16;
        const auto shorter = off(evaluated(network, c, side).gradient, whole.gradient);
        std::fprintf(stderr, "%s with a shorter halo: gradient %.1e\n", name, shorter);
        CHECK(shorter > 1e-2);
    }
}

// A region's style pulls at nothing that its network does not see from there, smoothed or not.
static void a_region_restricts_its_style() {
    for (const auto& [name, side, bound] : families)
        for (const bool smoothed : {false, true}) {
            const auto network = network_of(name);
            auto c = long_picture(network, side);
            c.smoothed = smoothed;
            c.of_content = 0;
            c.weights = torch::zeros({c.height, c.width});
            c.weights.narrow(1, 0, 32).fill_(1);
            const auto gradient = evaluated(network, c, 0).gradient.abs().amax({0, 1, 2});
            const int seen = 32 + (c.width - 2 * side - 45) / 2;
            const double most = gradient.narrow(0, 0, 32).max().item<double>();
            CHECK(most > 0);
            CHECK(gradient.narrow(0, seen, c.width - seen).max().item<double>() < 1e-6 * most);
        }
}

static void an_unpadded_network_has_a_position_for_every_stride() {
    for (const auto* name : {"squeezenet1_0", "squeezenet1_1"}) {
        const auto network = network_of(name);
        const auto taps = network.layers();
        const int deepest = network.layer(taps.back());
        CHECK(network.beyond(deepest) > 0);
        for (const int width : {96, 97, 110, 127}) {
            const Tiling cut(width, 64,
                             {.halo = network.halo(deepest),
                              .stride = network.stride(deepest),
                              .beyond = network.beyond(deepest)});
            network.visit(cut.window(picture(1, width, 64), cut.tiles().front()), deepest, {},
                          [&](int layer, const torch::Tensor& features) {
                              const int stride = network.stride(layer);
                              const auto own = own_of_window(features, cut.tiles().front(), stride);
                              CHECK(own.size(3) == width / stride && own.size(2) == 64 / stride);
                          });
        }
    }
    for (const auto* name : {"vgg19_bn", "resnet50", "mobilenet_v2"}) {
        const auto network = network_of(name);
        CHECK(network.beyond(network.layer(network.layers().back())) == 0);
    }
}

// The estimate counts the surroundings, however wide they are: what fits is allowed, and the least that is
// told is enough.
static void a_wide_reach_is_counted() {
    const auto network = network_of("resnet101");
    const JobSizes sizes{.content = {1500, 1000},
                         .content_bytes = 1500 * 1000 * 3,
                         .painted = {1600, 1100},
                         .styles = {{400, 300}}};
    auto plan = plan_optimize(network, {}, sizes.painted, sizes.styles);
    CHECK(network.halo(plan.deepest) > 256); // wider than the smallest tiles
    CHECK(!fit_tiles(network, plan, {}, sizes, 1 << 20));
    const auto least = memory_needed(network, plan, {}, sizes);
    CHECK(fit_tiles(network, plan, {}, sizes, least));
    CHECK(memory_needed(network, plan, {}, sizes) <= least);
    CHECK(seen_share(network, plan) > 4); // which the painting tells
    CHECK(fit_tiles(network, plan, {}, sizes, 32ull << 30));
    CHECK(plan.tile_sides.back() == 0 && seen_share(network, plan) == 1);
    CHECK(least > 1 << 30);
}

int main() {
    return run_tests(
        {TEST(tiles_change_neither_losses_nor_gradient), TEST(tiles_are_exact_where_features_are_smoothed),
         TEST(tiles_are_exact_where_the_picture_wraps), TEST(a_shorter_halo_is_noticed),
         TEST(a_region_restricts_its_style), TEST(an_unpadded_network_has_a_position_for_every_stride),
         TEST(a_wide_reach_is_counted)});
}
