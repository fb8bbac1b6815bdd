// SPDX-License-Identifier: GPL-3.0-or-later
// A film's frame, painted with what those before tell.
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "motion_loss.hpp"
#include "test_device.hpp"
#include "test_pictures.hpp"

#include <neural_style/engine.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

using namespace neural_style;
using namespace tests;

namespace {

Engine shipped() {
    const auto models = std::filesystem::path(std::getenv("NEURAL_STYLE_DATA")) / "models";
    auto engine = Engine::open({.feature_network = models / "painter.safetensors",
                                .encoder = models / "encoder.safetensors",
                                .decoder = models / "decoder.safetensors",
                                .device = test_device_name()});
    CHECK(engine);
    return std::move(*engine);
}

constexpr int width = 96, height = 80;
const Image photo = waves(width, height, 0.05), blue = waves(96, 96, 0.7),
            other = waves(width, height, 0.11, 1);

std::vector<float> left_half() {
    std::vector<float> mask;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            mask.push_back(x < width / 2 ? 1.0f : 0.0f);
    return mask;
}

Settings quick(Quality quality = Quality::fine) {
    Settings settings;
    settings.quality = quality;
    settings.precision = Precision::float32;
    if (quality != Quality::instant)
        settings.iterations = 8;
    return settings;
}

Request frame(const Settings& settings, const Image& moved, const std::vector<float>& trusted,
              double steadiness = 1) {
    return {.content = photo,
            .styles = {{.picture = blue}},
            .motion = {.moved = moved, .trusted = {trusted.data(), width, height}, .steadiness = steadiness},
            .settings = settings};
}

Image painted(Engine& engine, const Request& request, const UpdateCallback& update = {}) {
    auto painting = engine.paint(request, update);
    CHECK(painting);
    return std::move(*painting);
}

// Of one half of the picture: root of the mean square.
double distance(ImageView a, ImageView b, bool left) {
    double sum = 0;
    for (int y = 0; y < height; ++y)
        for (int x = left ? 0 : width / 2; x < (left ? width / 2 : width); ++x)
            for (int c = 0; c < 3; ++c)
                sum += std::pow(double(a.pixel(x, y)[c]) - b.pixel(x, y)[c], 2);
    return std::sqrt(sum / (height * width / 2 * 3));
}

std::string refused(const Request& request) {
    auto engine = shipped();
    const auto painting = engine.paint(request);
    CHECK(!painting && painting.error().code == ErrorCode::invalid_request);
    return painting.error().message;
}

} // namespace

static void the_loss_is_the_distance_where_it_counts() {
    const auto picture = torch::rand({1, 3, 6, 5}), moved = torch::rand({1, 3, 6, 5}),
               trusted = torch::rand({1, 1, 6, 5});
    for (const auto measure : {Measure::sums, Measure::means}) {
        const MotionLoss loss(moved, trusted, 7, measure);
        auto gradient = torch::ones_like(picture);
        const double value = loss.evaluate(picture, false, &gradient);
        const double per_pixel = measure == Measure::sums ? 1 : 1.0 / 90;
        const auto differences = picture - moved;
        CHECK_NEAR(value, 7 * per_pixel * (trusted * differences * differences).sum().item<double>(), 1e-5);
        CHECK(torch::allclose(gradient, 1 + 14 * per_pixel * trusted * differences, 1e-4, 1e-6));
        CHECK_NEAR(double(loss.evaluate(picture, false, nullptr)), value, 1e-9);
        CHECK(loss.weight() == 7 && loss.term() == LossTerm::motion);
    }
}

static void what_is_trusted_stays_and_the_rest_is_painted() {
    auto engine = shipped();
    const auto before =
        painted(engine, {.content = photo, .styles = {{.picture = blue}}, .settings = quick()});
    const auto trusted = left_half();
    double motion = 0;
    auto moved = photo;
    for (int y = 0; y < height; ++y)
        std::copy_n(before.pixel(0, y), width / 2 * 3, moved.pixel(0, y));
    auto request = frame(quick(), moved, trusted);
    request.settings.iterations = 40; // of which it takes a fifth
    const auto after = painted(engine, request, [&](const Update& update) {
        motion = std::max(motion, update.losses[LossTerm::motion].weight);
    });
    CHECK(motion > 0);
    CHECK(distance(after, before, true) < 0.3 * distance(photo, before, true));
    CHECK(distance(after, photo, false) > 0.5 * distance(photo, before, false)); // strokes, not the photo
}

static void more_steadiness_holds_more() {
    auto engine = shipped();
    const std::vector<float> trusted(width * height, 1.0f);
    for (const auto quality : {Quality::fine, Quality::instant}) {
        double last = 1e9;
        for (const double steadiness : {0.0, 0.3, 3.0, 100.0}) {
            const double here =
                mean_difference(painted(engine, frame(quick(quality), other, trusted, steadiness)), other);
            CHECK(here < last);
            last = here;
        }
        CHECK_NEAR(last, 0, 0.08);
    }
}

static void a_frame_takes_few_steps() {
    auto engine = shipped();
    const std::vector<float> trusted(width * height, 1.0f);
    int steps_anew = 0, steps = 0;
    painted(engine, {.content = photo, .styles = {{.picture = blue}}, .settings = quick()},
            [&](const Update& update) { steps_anew += update.stage == Stage::painting; });
    painted(engine, frame(quick(), other, trusted),
            [&](const Update& update) { steps += update.stage == Stage::painting; });
    CHECK(steps > 0 && steps < steps_anew / 2);
}

static void a_painting_without_steps_is_held_too() {
    auto engine = shipped();
    const auto trusted = left_half();
    const auto alone = painted(
        engine, {.content = photo, .styles = {{.picture = blue}}, .settings = quick(Quality::instant)});
    const auto held = painted(engine, frame(quick(Quality::instant), other, trusted));
    CHECK_NEAR(distance(held, other, true) / distance(alone, other, true), 0, 0.4);
    CHECK(distance(held, alone, false) == 0);
}

static void every_way_of_painting_takes_a_frame() {
    auto engine = shipped();
    const auto trusted = left_half();
    const std::vector<std::function<void(Request&)>> ways{
        [](Request& r) { r.settings.colors = Colors::content; },
        [](Request& r) { r.settings.colors = Colors::harmony; },
        [](Request& r) { r.settings.colors = Colors::palette; },
        [](Request& r) { r.settings.detail = 0.5; },
        [](Request& r) { r.settings.seamless = true; },
        [](Request& r) { r.settings.texture = true; },
        [](Request& r) { r.settings.manner = Manner::brush; },
        [](Request& r) { r.settings.manner = Manner::dream; },
        [](Request& r) { r.settings.style_loss = StyleLoss::formula; },
        [](Request& r) { r.settings.start = Start::instant; },
        [](Request& r) { r.settings.strength = 0.5; },
        [](Request& r) { r.settings.size_limit = 64; },
        [&](Request& r) {
            r.protect = {trusted.data(), width, height};
        },
        [&](Request& r) {
            r.styles[0].region = {trusted.data(), width, height};
        }};
    for (const auto& way : ways)
        for (const auto quality : {Quality::draft, Quality::instant}) {
            auto request = frame(quick(quality), other, trusted);
            request.settings.iterations = 2;
            request.shot = photo;
            way(request);
            const auto painting = engine.paint(request);
            CHECK(painting && engine.estimate(request));
            for (const float value : painting->span())
                CHECK(value >= 0 && value <= 1);
        }
}

static void detail_is_not_added_again_where_it_is_trusted() {
    auto engine = shipped();
    const std::vector<float> trusted(width * height, 1.0f);
    auto request = frame(quick(), other, trusted, 100);
    const auto without = painted(engine, request);
    request.settings.detail = 1;
    CHECK(mean_difference(painted(engine, request), without) < 0.01);
}

static void tiles_paint_the_same_frame() {
    auto engine = shipped();
    const auto trusted = left_half();
    Image large(700, 600), moved(700, 600);
    std::vector<float> mask(700 * 600);
    for (int y = 0; y < 600; ++y)
        for (int x = 0; x < 700; ++x) {
            mask[std::size_t(y * 700 + x)] = x < 350;
            for (int c = 0; c < 3; ++c) {
                large.pixel(x, y)[c] = photo.pixel(x % width, y % height)[c];
                moved.pixel(x, y)[c] = other.pixel(x % width, y % height)[c];
            }
        }
    Request request{.content = large,
                    .styles = {{.picture = blue}},
                    .motion = {.moved = moved, .trusted = {mask.data(), 700, 600}},
                    .settings = quick()};
    request.settings.iterations = 2;
    const auto whole = painted(engine, request);
    const auto needed = engine.estimate(request)->memory_needed;
    int tiles = 1;
    for (int share = 15; share > 6 && tiles == 1; --share) {
        request.memory_limit = needed * std::uint64_t(share) / 16;
        tiles = engine.estimate(request)->tiles;
    }
    CHECK(tiles > 1);
    CHECK(mean_difference(painted(engine, request), whole) < 1e-3);
}

// The statistics of a dark frame would make it as bright as the others.
static void a_shot_gives_each_frame_the_same_statistics() {
    auto engine = shipped();
    auto dark = photo;
    for (float& value : dark.span())
        value *= 0.7f;
    const auto change = [&](SamplesView shot) {
        const auto of = [&](const Image& content) {
            return painted(engine, {.content = content,
                                    .styles = {{.picture = blue}},
                                    .shot = shot,
                                    .settings = quick(Quality::instant)});
        };
        return mean_difference(of(photo), of(dark));
    };
    CHECK_NEAR(change({}) / change(photo), 0, 0.8);
}

static void a_shot_of_the_frame_alone_changes_nothing() {
    auto engine = shipped();
    Request request{.content = photo, .styles = {{.picture = blue}}, .settings = quick(Quality::instant)};
    const auto alone = painted(engine, request);
    request.shot = photo;
    CHECK(mean_difference(painted(engine, request), alone) < 1e-4);
}

static void half_a_motion_is_refused() {
    const std::vector<float> trusted(width * height, 1.0f);
    auto request = frame(quick(), other, trusted);
    request.motion.trusted = {};
    CHECK(refused(request).contains("trusted"));
    request = frame(quick(), other, trusted);
    request.motion.moved = {};
    CHECK(refused(request).contains("moved"));
    request = frame(quick(), other, trusted);
    request.motion.moved = blue;
    CHECK(refused(request).contains("equally large"));
    request = frame(quick(), other, trusted);
    request.refine = other;
    CHECK(refused(request).contains("leave out"));
    for (const double steadiness : {-1.0, 101.0, std::nan("")})
        CHECK(refused(frame(quick(), other, trusted, steadiness)).contains("steadiness"));
}

int motion_tests() {
    return run_tests({TEST(the_loss_is_the_distance_where_it_counts),
                      TEST(what_is_trusted_stays_and_the_rest_is_painted), TEST(more_steadiness_holds_more),
                      TEST(a_frame_takes_few_steps), TEST(a_painting_without_steps_is_held_too),
                      TEST(every_way_of_painting_takes_a_frame),
                      TEST(detail_is_not_added_again_where_it_is_trusted), TEST(tiles_paint_the_same_frame),
                      TEST(a_shot_gives_each_frame_the_same_statistics),
                      TEST(a_shot_of_the_frame_alone_changes_nothing), TEST(half_a_motion_is_refused)});
}
