// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever the engine paints is the same on a device whose memory the processor cannot touch.
#include "cmocka.hpp"
#include "device.hpp"
#include "engine_tests.hpp"
#include "painting_objective.hpp"
#include "random_network.hpp"
#include "test_network.hpp"
#include "test_pictures.hpp"
#include "tiles_in_turn.hpp"

#include <neural_style/engine.hpp>

#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <torch/types.h>
#include <utility>
#include <vector>

using namespace neural_style;
using namespace tests;

namespace {

// Some loops are the processor's own; a few steps of Adam do not blow that up.
constexpr double small_difference = 2e-3;

constexpr int width = 72, height = 56;
const Image photo = waves(width, height, 0.05), blue = waves(64, 64, 0.7), warm = waves(80, 48, 0.3, 1);

struct Case {
    std::string name;
    std::function<void(Settings&)> set;
    bool second_style = false, regions = false, protect = false, refine = false, film = false;
    int snapshot_every = 0;
};

class Engines {
  public:
    Engines() {
        write_random_style(files_.folder.path / "own.safetensors", StyleLayout::own);
        write_random_style(files_.folder.path / "published.safetensors", StyleLayout::published);
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x)
                left_.push_back(x < width / 2 ? 1.0F : 0.0F);
        right_.assign(left_.rbegin(), left_.rend());
    }
    // What is painted on both, and how many snapshots on the way.
    void check(const Case& c) {
        const auto [expected, snapshots_expected] = painted("cpu", c);
        const auto [result, snapshots] = painted("standin", c);
        const double difference = mean_difference(result, expected);
        if (!(difference < small_difference))
            std::fprintf(stderr, "%s: %f\n", c.name.c_str(), difference);
        CHECK_NEAR(difference, 0, small_difference);
        CHECK(snapshots.size() == snapshots_expected.size());
        for (std::size_t i = 0; i < snapshots.size(); ++i)
            CHECK_NEAR(mean_difference(snapshots[i], snapshots_expected[i]), 0, small_difference);
    }

  private:
    struct Painted {
        Image painting;
        std::vector<Image> snapshots;
    };
    Painted painted(const std::string& device, const Case& c) {
        auto engine = Engine::open({.feature_network = files_.network,
                                    .decoder = files_.decoder,
                                    .trained_styles = files_.folder.path,
                                    .device = device});
        CHECK(engine);
        Settings settings;
        settings.quality = Quality::fine;
        settings.precision = Precision::float32;
        settings.iterations = 3;
        settings.optimizer = Optimizer::adam;
        if (c.set)
            c.set(settings);
        const MaskView left{left_.data(), width, height}, right{right_.data(), width, height};
        Request request{.content = photo, .styles = {{.picture = blue}}, .settings = settings};
        if (c.second_style)
            request.styles.push_back({.picture = warm});
        if (c.regions) {
            request.styles[0].region = left;
            if (c.second_style)
                request.styles[1].region = right;
        }
        if (c.protect)
            request.protect = left;
        if (c.refine)
            request.refine = photo;
        if (c.film) {
            request.motion = {.moved = photo, .trusted = left};
            request.shot = photo;
        }
        if (!settings.trained_style.empty())
            request.styles.clear();
        request.snapshot_every = c.snapshot_every;
        std::vector<Image> snapshots;
        auto painting = engine->paint(request, [&](const Update& update) {
            CHECK(!update.notice.contains("CPU")); // which took over
            if (!update.snapshot.empty()) {
                auto& snapshot = snapshots.emplace_back(update.snapshot.width, update.snapshot.height);
                std::ranges::copy(update.snapshot.span(), snapshot.data());
            }
        });
        if (!painting)
            std::fprintf(stderr, "%s: %s\n", c.name.c_str(), painting.error().message.c_str());
        CHECK(painting);
        return {std::move(*painting), std::move(snapshots)};
    }

    NetworkFiles files_;
    std::vector<float> left_, right_;
};

torch::Tensor picture(std::uint64_t seed, std::int64_t side_across, std::int64_t side_down) {
    torch::manual_seed(seed);
    return torch::rand({1, 3, side_down, side_across});
}

} // namespace

static void every_style_loss_paints_the_same() {
    Engines engines;
    for (const auto loss :
         {StyleLoss::formula, StyleLoss::gaussian, StyleLoss::gram, StyleLoss::moments, StyleLoss::classic})
        engines.check({.name = std::string(name_of(loss)), .set = [&](Settings& s) { s.style_loss = loss; }});
    engines.check({.name = "lbfgs", .set = [](Settings& s) { s.optimizer = Optimizer::lbfgs; }});
}

static void every_manner_start_and_colour_paints_the_same() {
    Engines engines;
    for (const auto manner : {Manner::brush, Manner::dream})
        engines.check({.name = std::string(name_of(manner)), .set = [&](Settings& s) { s.manner = manner; }});
    for (const auto start : {Start::noise, Start::instant})
        engines.check({.name = std::string(name_of(start)), .set = [&](Settings& s) { s.start = start; }});
    for (const auto colors : {Colors::content, Colors::palette, Colors::harmony})
        engines.check({.name = std::string(name_of(colors)), .set = [&](Settings& s) { s.colors = colors; }});
    engines.check({.name = "match", .set = [](Settings& s) {
                       s.colors = Colors::content;
                       s.color_transfer = ColorTransfer::match;
                   }});
    engines.check({.name = "detail", .set = [](Settings& s) { s.detail = 0.5; }});
    engines.check({.name = "averaging", .set = [](Settings& s) { s.averaging = 0.9; }});
    engines.check({.name = "texture", .set = [](Settings& s) { s.texture = true; }});
    engines.check({.name = "refine", .set = {}, .refine = true});
}

static void places_seams_and_snapshots_are_the_same() {
    Engines engines;
    const auto seamless = [](Settings& s) { s.seamless = true; };
    engines.check({.name = "seamless", .set = seamless});
    engines.check({.name = "blend", .set = [](Settings& s) { s.blend = {3, 1}; }, .second_style = true});
    engines.check({.name = "regions", .set = {}, .second_style = true, .regions = true});
    engines.check({.name = "protect", .set = {}, .protect = true});
    engines.check({.name = "film", .set = {}, .film = true});
    engines.check(
        {.name = "instant film", .set = [](Settings& s) { s.quality = Quality::instant; }, .film = true});
    engines.check(
        {.name = "trained film", .set = [](Settings& s) { s.trained_style = "own"; }, .film = true});
    engines.check({.name = "all", .set = seamless, .second_style = true, .regions = true, .protect = true});
    engines.check({.name = "brush with places",
                   .set = [](Settings& s) { s.manner = Manner::brush; },
                   .second_style = true,
                   .regions = true,
                   .protect = true});
    engines.check({.name = "snapshots", .set = [](Settings& s) { s.iterations = 7; }, .snapshot_every = 2});
}

static void one_pass_paints_the_same_with_everything() {
    Engines engines;
    const auto instant = [](Settings& s) { s.quality = Quality::instant; };
    engines.check({.name = "instant", .set = instant});
    engines.check({.name = "instant, all",
                   .set =
                       [](Settings& s) {
                           s.quality = Quality::instant;
                           s.seamless = true;
                           s.detail = 0.5;
                           s.colors = Colors::harmony;
                       },
                   .second_style = true,
                   .regions = true,
                   .protect = true});
    for (const auto* name : {"own", "published"})
        engines.check({.name = name, .set = [&](Settings& s) { s.trained_style = name; }, .protect = true});
}

static void tiles_are_the_same() {
    const NetworkFiles files;
    const auto evaluated = [&](torch::Device device, StyleLoss loss, bool wraps) {
        const FeatureNetwork feature_network(Weights::read(files.network), device);
        PaintingObjective objective(feature_network, loss,
                                    {.content = 1, .style = 1, .tv = 1, .color_tv = 2, .weave = 0.1},
                                    {.tile_side = 64, .wraps = wraps});
        const auto left = torch::linspace(0, 1, 160).expand({96, 160}).contiguous().to(device);
        objective.content_like(picture(1, 160, 96).to(device), {{"relu2_1", 1}}, {});
        objective.style_like(picture(2, 96, 96).square().to(device), {{"relu1_1", 1}, {"relu3_1", 1}},
                             {.weights = left}, {});
        torch::Tensor gradient;
        const double total = objective.evaluate(picture(4, 160, 96).to(device), &gradient, {}).total();
        return std::pair(total, gradient.cpu());
    };
    for (const auto loss :
         {StyleLoss::formula, StyleLoss::gaussian, StyleLoss::gram, StyleLoss::moments, StyleLoss::classic})
        for (const bool wraps : {false, true}) {
            const auto [expected, of_expected] = evaluated(torch::kCPU, loss, wraps);
            const auto [result, of_result] = evaluated(stand_in::device(), loss, wraps);
            CHECK_NEAR(result / expected, 1, 1e-4);
            CHECK_NEAR(((of_result - of_expected).abs().max() / of_expected.abs().max()).item<double>(), 0,
                       1e-3);
        }
}

static void tiles_in_turn_are_copied_while_others_are_painted() {
    torch::manual_seed(1);
    const auto picture = torch::rand({1, 1, 96, 160});
    const Tiling tiling(160, 96, {.side = 64, .stride = 32});
    const auto count = std::int64_t(tiling.tiles().size());
    CHECK(count > 2);
    std::vector<std::int64_t> cut_at;
    std::vector<torch::Tensor> painted;
    stand_in::reset_counts();
    tiles_in_turn(
        stand_in::device(), tiling.tiles(),
        [&](const Tile& tile) {
            cut_at.push_back(std::int64_t(painted.size()));
            return picture.narrow(2, tile.down.own, tile.down.own_length)
                .narrow(3, tile.across.own, tile.across.own_length)
                .contiguous();
        },
        [](const torch::Tensor& seen) { return seen * 2; },
        [&](const Tile& tile, const torch::Tensor& doubled) {
            const auto own = picture.narrow(2, tile.down.own, tile.down.own_length)
                                 .narrow(3, tile.across.own, tile.across.own_length);
            CHECK(doubled.equal(own * 2));
            painted.push_back(doubled);
        });
    CHECK(std::int64_t(painted.size()) == count);
    // One copy each way and one wait for a tile, none of which holds up the processor at once.
    CHECK(stand_in::counts().begun == 2 * count && stand_in::counts().waits == count);
    CHECK(stand_in::counts().to_device == 0 && stand_in::counts().to_host == 0);
    // The next tile is on its way before the last one is back.
    for (std::int64_t i = 2; i < count; ++i)
        CHECK(cut_at[std::size_t(i)] < i);
}

static void the_estimate_counts_what_is_on_the_way() {
    const auto device = stand_in::device();
    constexpr int side = 64;
    const Tiling tiling(4 * side, side, {.side = side, .stride = side});
    constexpr std::uint64_t seen = side * side * sizeof(float), painted = 4 * seen;
    const auto here = torch::zeros({1, 1, side, side});
    const auto paint = [](const torch::Tensor& there) {
        return there.expand({1, 4, side, side}).contiguous();
    };
    const auto peak = [](auto work) {
        stand_in::reset_counts();
        const auto before = stand_in::counts().peak_bytes;
        work();
        return stand_in::counts().peak_bytes - before;
    };
    const auto in_turn = peak([&] {
        tiles_in_turn(
            device, tiling.tiles(), [&](const Tile&) { return here; }, paint,
            [](const Tile&, const torch::Tensor&) {});
    });
    const auto one_by_one = peak([&] {
        for (int i = 0; i < 4; ++i)
            paint(here.to(device)).cpu();
    });
    CHECK(one_by_one == seen + painted);
    CHECK(in_turn > one_by_one && in_turn <= one_by_one + bytes_on_the_way(device, side, seen, painted));
    CHECK(bytes_on_the_way(device, side, seen, painted) == seen + painted);
    CHECK(bytes_on_the_way(device, 0, seen, painted) == 0);
    CHECK(bytes_on_the_way(torch::kCPU, side, seen, painted) == 0);
}

int on_device_tests() {
    return run_tests(
        {TEST(every_style_loss_paints_the_same), TEST(every_manner_start_and_colour_paints_the_same),
         TEST(places_seams_and_snapshots_are_the_same), TEST(one_pass_paints_the_same_with_everything),
         TEST(tiles_are_the_same), TEST(tiles_in_turn_are_copied_while_others_are_painted),
         TEST(the_estimate_counts_what_is_on_the_way)});
}
