// SPDX-License-Identifier: GPL-3.0-or-later
#include "brush.hpp"
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "minimize.hpp"
#include "neighbor_loss.hpp"
#include "objective.hpp"
#include "painting_objective.hpp"
#include "random_network.hpp"
#include "test_device.hpp"
#include "test_folder.hpp"

#include <cstdlib>
#include <memory>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

// Taps of the shipped network, shallow and deep.
const WeightedLayers style_layers{{"relu1_1", 0.25}, {"relu2_1", 0.25}, {"relu3_1", 0.25}, {"relu5_1", 0.25}};
const WeightedLayers content_layers{{"relu2_2", 0.5}, {"relu4_2", 0.5}};

FeatureNetwork shipped() {
    const std::filesystem::path data = std::getenv("NEURAL_STYLE_DATA");
    return {Weights::read(data / "models" / "encoder.safetensors"), test_device()};
}

torch::Tensor picture(std::uint64_t seed, int width, int height) {
    torch::manual_seed(seed);
    return at::_upsample_bicubic2d_aa(torch::rand({1, 3, height / 4, width / 4}), {height, width}, false)
        .clamp_(0, 1)
        .mul_(0.8)
        .add_(0.2 * torch::rand({1, 3, height, width}))
        .to(test_device());
}

struct Case {
    int width = 400, height = 330;
    StyleLoss loss = StyleLoss::gaussian;
    bool masks = false;
    bool wraps = false;
    bool neighbors = false;
};

LossWeights weights_of(StyleLoss loss) {
    // Content, style and total variation of similar size, so that each gradient matters.
    switch (loss) {
    case StyleLoss::formula:
        return {.content = 1e-3, .style = 1, .tv = 0.3};
    case StyleLoss::classic:
        return {.content = 10, .style = 1e-9, .tv = 10};
    default:
        return {.content = 1, .style = 10, .tv = 5, .color_tv = 2};
    }
}

std::unique_ptr<PaintingObjective> objective(const FeatureNetwork& feature_network, const Case& c,
                                             int tile_side, int halo = 0) {
    auto made =
        std::make_unique<PaintingObjective>(feature_network, c.loss, weights_of(c.loss),
                                            View{.tile_side = tile_side, .wraps = c.wraps, .halo = halo});
    made->content_like(picture(1, c.width, c.height), content_layers, {});
    torch::Tensor left, right;
    if (c.masks) {
        left = torch::linspace(0, 1, c.width).expand({c.height, c.width}).contiguous().to(test_device());
        right = 1 - left;
    }
    made->style_like(picture(2, 300, 200), style_layers, {.share = 0.75, .weights = left}, {});
    made->style_like(picture(3, 180, 260).square(), style_layers, {.share = 0.25, .weights = right}, {});
    if (c.neighbors) {
        const auto photo = picture(1, c.width, c.height);
        BrushMatches matches;
        const BrushInput input{
            .guide = photo,
            .content = photo,
            .styles = {{.seen = {picture(2, 300, 200)}, .size = {300, 200}, .share = 3, .weights = left},
                       {.seen = {picture(3, 180, 260)}, .size = {180, 260}, .share = 1, .weights = right}}};
        made->add(std::make_unique<NeighborLoss>(feature_network,
                                                 brush_target(feature_network, input, matches, {}), 10));
    }
    return made;
}

struct Difference {
    double loss, gradient; // relative; the gradient's largest difference over its largest value
};

Difference difference(const FeatureNetwork& feature_network, const Case& c, int tile_side, int halo = 0) {
    const auto here = picture(4, c.width, c.height);
    torch::Tensor whole, tiled;
    const auto whole_losses = objective(feature_network, c, 0)->evaluate(here, &whole, {});
    const auto tiled_losses = objective(feature_network, c, tile_side, halo)->evaluate(here, &tiled, {});
    return {std::abs(tiled_losses.total() - whole_losses.total()) / whole_losses.total(),
            ((tiled - whole).abs().max() / whole.abs().max()).item<double>()};
}

void check_equal(const FeatureNetwork& feature_network, const Case& c, int tile_side) {
    const auto [loss, gradient] = difference(feature_network, c, tile_side);
    CHECK_NEAR(loss, 0, 1e-5);
    CHECK_NEAR(gradient, 0, 5e-5);
}

} // namespace

static void tiles_change_neither_losses_nor_gradient() {
    const auto feature_network = shipped();
    for (const int side : {128, 200})
        check_equal(feature_network, {}, side);
    check_equal(feature_network, {.width = 333, .height = 97}, 128);
    check_equal(feature_network, {.width = 530, .height = 260}, 256);
}

static void tiles_are_exact_with_every_loss() {
    const auto feature_network = shipped();
    for (const auto loss : {StyleLoss::formula, StyleLoss::gram, StyleLoss::moments, StyleLoss::classic})
        check_equal(feature_network, {.loss = loss}, 160);
}

static void tiles_are_exact_with_masks_and_where_the_picture_wraps() {
    const auto feature_network = shipped();
    check_equal(feature_network, {.masks = true}, 160);
    check_equal(feature_network, {.wraps = true}, 160);
    check_equal(feature_network, {.width = 320, .height = 320, .masks = true, .wraps = true}, 128);
}

static void tiles_are_exact_with_neighbors() {
    const auto feature_network = shipped();
    for (const int side : {128, 200})
        check_equal(feature_network, {.neighbors = true}, side);
    check_equal(feature_network, {.width = 333, .height = 97, .masks = true, .neighbors = true}, 128);
    check_equal(feature_network, {.width = 320, .height = 320, .wraps = true, .neighbors = true}, 128);
}

// The deepest layer of the columns has a larger reach than a style loss of that layer would.
static void tiles_are_exact_where_columns_reach_deepest() {
    const auto feature_network = shipped();
    const auto evaluated = [&](int side) {
        const auto photo = picture(1, 400, 330);
        BrushMatches matches;
        Objective o(feature_network, {.tile_side = side});
        const auto style = picture(2, 300, 200);
        o.add(std::make_unique<NeighborLoss>(
            feature_network,
            brush_target(feature_network,
                         {.guide = photo,
                          .content = photo,
                          .styles = {{.seen = {style}, .size = {300, 200}, .weights = {}}}},
                         matches, {}),
            1));
        torch::Tensor gradient;
        o.evaluate(picture(4, 400, 330), &gradient, {});
        return gradient;
    };
    const auto whole = evaluated(0);
    CHECK_NEAR(((evaluated(128) - whole).abs().max() / whole.abs().max()).item<double>(), 0, 5e-5);
}

static void tiles_are_exact_with_both_poolings() {
    const auto feature_network = shipped();
    check_equal(feature_network.adapted(test_device(), torch::kFloat32, Pooling::max), {}, 160);
    check_equal(feature_network.adapted(test_device(), torch::kFloat32, Pooling::average), {}, 160);
}

static void tiles_are_exact_with_every_padding() {
    const Folder folder;
    for (const auto* padding : {"reflect", "replicate", "zeros"}) {
        write_random_network(folder.path / "network", {.padding = padding});
        const FeatureNetwork feature_network(Weights::read(folder.path / "network"), test_device());
        const auto evaluated = [&](int side) {
            PaintingObjective o(feature_network, StyleLoss::gaussian, {.content = 1, .style = 1, .tv = 0},
                                {.tile_side = side});
            o.content_like(picture(5, 200, 150), {{"relu3_1", 1}}, {});
            o.style_like(picture(6, 160, 160), {{"relu1_1", 0.5}, {"relu3_1", 0.5}}, {}, {});
            torch::Tensor gradient;
            o.evaluate(picture(7, 200, 150), &gradient, {});
            return gradient;
        };
        const auto whole = evaluated(0);
        CHECK_NEAR((evaluated(64) - whole).abs().max().item<double>(), 0,
                   2e-5 * whole.abs().max().item<double>());
    }
}

// The halo is as small as possible: with 16 pixels less, the gradient of the deepest layer changes.
static void a_shorter_halo_is_noticed() {
    const auto feature_network = shipped();
    const int halo = feature_network.halo(feature_network.layer("relu5_1"));
    CHECK(halo == 64);
    const auto gradient = [&](int side, int halo_here) {
        PaintingObjective o(feature_network, StyleLoss::gaussian, {.content = 0, .style = 1, .tv = 0},
                            {.tile_side = side, .halo = halo_here});
        o.style_like(picture(2, 300, 200), {{"relu5_1", 1}}, {}, {});
        torch::Tensor result;
        o.evaluate(picture(4, 400, 330), &result, {});
        return result;
    };
    const auto whole = gradient(0, 0);
    const auto off = [&](int halo_here) {
        return ((gradient(128, halo_here) - whole).abs().max() / whole.abs().max()).item<double>();
    };
    CHECK(off(halo) < 1e-4);
    CHECK(off(halo - 16) > 1e-3);
}

static void ten_adam_steps_in_tiles_paint_the_same() {
    const auto feature_network = shipped();
    const auto painted = [&](int side) {
        auto o = objective(feature_network, {}, side);
        return minimize(
            picture(4, 400, 330),
            [&](const torch::Tensor& p, torch::Tensor* g) { return o->evaluate(p, g, {}); },
            {.optimizer = Optimizer::adam, .iterations = 10},
            [](int, const Losses&, const torch::Tensor&) {});
    };
    CHECK_NEAR((painted(128) - painted(0)).abs().mean().item<double>(), 0, 1.0 / 255);
}

static void bfloat16_stays_near_float32() {
    const auto feature_network = shipped();
    const auto rough = feature_network.adapted(test_device(), torch::kBFloat16, Pooling::network);
    const auto here = picture(4, 400, 330);
    torch::Tensor exact_gradient, rough_gradient;
    const auto exact_losses = objective(feature_network, {}, 0)->evaluate(here, &exact_gradient, {});
    const auto rough_losses = objective(rough, {}, 0)->evaluate(here, &rough_gradient, {});
    CHECK_NEAR(rough_losses.total() / exact_losses.total(), 1, 0.01);
    const auto cosine =
        (exact_gradient * rough_gradient).sum() / (exact_gradient.norm() * rough_gradient.norm());
    CHECK(cosine.item<double>() > 0.99); // of the direction
}

static void a_small_region_is_painted_as_strongly_as_a_large_one() {
    const auto feature_network = shipped();
    const auto here = picture(4, 256, 256);
    const auto strength_in = [&](int width) {
        auto mask = torch::zeros({256, 256}, test_device());
        mask.narrow(1, 0, width).fill_(1);
        PaintingObjective o(feature_network, StyleLoss::gaussian, {.content = 0, .style = 1, .tv = 0});
        o.style_like(picture(2, 256, 256).square(), {{"relu1_1", 1}}, {.weights = mask}, {});
        torch::Tensor gradient;
        o.evaluate(here, &gradient, {});
        return gradient.narrow(3, 8, 48).abs().mean().item<double>();
    };
    CHECK_NEAR(strength_in(64) / strength_in(256), 1, 0.1);
}

static void the_gradient_at_a_wrapped_border_is_that_of_the_middle() {
    const auto feature_network = shipped();
    const auto here = picture(4, 256, 256);
    const auto gradient_of = [&](const torch::Tensor& p, const torch::Tensor& content) {
        PaintingObjective o(feature_network, StyleLoss::gaussian, {.content = 1, .style = 10, .tv = 10},
                            {.wraps = true});
        o.content_like(content, content_layers, {});
        o.style_like(picture(2, 256, 256).square(), style_layers, {}, {});
        torch::Tensor gradient;
        o.evaluate(p, &gradient, {});
        return gradient;
    };
    // Rolling the picture rolls the gradient: there are no borders.
    const auto content = picture(1, 256, 256);
    const auto once = gradient_of(here, content);
    const auto rolled = gradient_of(here.roll({64, 128}, {2, 3}), content.roll({64, 128}, {2, 3}));
    CHECK_NEAR((rolled.roll({-64, -128}, {2, 3}) - once).abs().max().item<double>(), 0,
               1e-4 * once.abs().max().item<double>());
}

int objective_tests() {
    return run_tests({TEST(tiles_change_neither_losses_nor_gradient), TEST(tiles_are_exact_with_every_loss),
                      TEST(tiles_are_exact_with_masks_and_where_the_picture_wraps),
                      TEST(tiles_are_exact_with_neighbors), TEST(tiles_are_exact_where_columns_reach_deepest),
                      TEST(tiles_are_exact_with_both_poolings), TEST(tiles_are_exact_with_every_padding),
                      TEST(a_shorter_halo_is_noticed), TEST(ten_adam_steps_in_tiles_paint_the_same),
                      TEST(bfloat16_stays_near_float32),
                      TEST(a_small_region_is_painted_as_strongly_as_a_large_one),
                      TEST(the_gradient_at_a_wrapped_border_is_that_of_the_middle)});
}
