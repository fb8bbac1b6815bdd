// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "device.hpp"
#include "dream.hpp"
#include "engine_tests.hpp"
#include "minimize.hpp"
#include "random_network.hpp"
#include "test_device.hpp"
#include "test_folder.hpp"
#include "test_pictures.hpp"

#include <neural_style/engine.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <torch/types.h>
#include <vector>

using namespace neural_style;
using namespace tests;

namespace {

FeatureNetwork random_feature_network(const std::string& pool = "max") {
    const Folder folder;
    write_random_network(folder.path / "network.safetensors", {.pool = pool});
    return FeatureNetwork(Weights::read(folder.path / "network.safetensors"), test_device());
}

Engine random_engine() {
    const Folder folder;
    write_random_network(folder.path / "network.safetensors");
    auto engine =
        Engine::open({.feature_network = folder.path / "network.safetensors", .device = test_device_name()});
    CHECK(engine);
    return std::move(*engine);
}

Image waves(int width, int height) {
    Image image(width, height);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < 3; ++c)
                image.pixel(x, y)[c] = float(0.5 + 0.3 * std::sin(0.1 * x + 0.07 * (c + 1) * y + c));
    return image;
}

const Image photo = waves(150, 110);

Settings dreaming() {
    Settings settings;
    settings.manner = Manner::dream;
    settings.iterations = 3;
    settings.style_layers = {"relu3_1"};
    return settings;
}

Image dreamed(const Settings& settings, MaskView protect = {}) {
    auto engine = random_engine();
    auto result = engine.paint({.content = photo, .styles = {}, .protect = protect, .settings = settings});
    CHECK(result && result->width() == photo.width() && result->height() == photo.height());
    return std::move(*result);
}

torch::Tensor picture(int width, int height) {
    torch::manual_seed(3);
    return torch::rand({1, 3, height, width}).to(test_device());
}

} // namespace

static void strength_0_is_the_photo_to_the_last_bit() {
    auto settings = dreaming();
    settings.strength = 0;
    CHECK(largest_difference(dreamed(settings), photo) == 0);
}

static void more_strength_dreams_further_from_the_photo() {
    auto settings = dreaming();
    double before = 0;
    for (const double strength : {0.3, 1.0, 2.0}) {
        settings.strength = strength;
        const double here = mean_difference(dreamed(settings), photo);
        CHECK(here > 1.2 * before);
        before = here;
    }
}

static void the_same_seed_gives_the_same_pixels_and_another_one_others() {
    auto settings = dreaming();
    settings.precision = Precision::float32; // engines that choose by speed may choose differently
    settings.seed = 5;
    const auto once = dreamed(settings);
    CHECK(largest_difference(once, dreamed(settings)) == 0);
    settings.seed = 6;
    CHECK(largest_difference(once, dreamed(settings)) > 1.0 / 255);
}

static void the_layers_activity_grows() {
    const auto network = random_feature_network();
    auto settings = dreaming();
    settings.iterations = 8;
    const auto plan = plan_dream(network, settings, {150, 110});
    OptimizeInput input{.content = (picture(150, 110) * 0.2 + 0.4), .styles = {}};
    const auto content = input.content.clone();
    OptimizeState state;
    const auto result = dream(network, plan, input, settings, state,
                              {[](const OptimizeProgress&) {}, [](std::string_view) {}}, {});
    CHECK(activity(network, plan, result, 0, nullptr, {}) >
          1.1 * activity(network, plan, content, 0, nullptr, {}));
}

static void the_gradient_is_that_of_the_activity() {
    const auto network = random_feature_network("average");
    auto settings = dreaming();
    settings.style_layers = {"relu2_1", "relu3_1"};
    const auto plan = plan_dream(network, settings, {48, 32});
    const auto here = picture(48, 32);
    torch::Tensor gradient;
    activity(network, plan, here, 0, &gradient, {});
    const auto direction = gradient / gradient.norm();
    // Central differences: their error decreases with the square of the step, while float32's increases with
    // its inverse.
    const double step = 0.05;
    const double difference = (activity(network, plan, here + direction * step, 0, nullptr, {}) -
                               activity(network, plan, here - direction * step, 0, nullptr, {})) /
                              (2 * step);
    const double slope = gradient.norm().item<double>();
    CHECK_NEAR(difference, slope, 0.02 * slope);
}

// Exact except for the order of float32 sums.
static void tiles_give_what_the_whole_gives() {
    const auto network = random_feature_network();
    for (const bool seamless : {false, true}) {
        auto settings = dreaming();
        settings.seamless = seamless;
        const auto plan = plan_dream(network, settings, {160, 112});
        const auto here = picture(160, 112);
        torch::Tensor whole, tiled;
        const double active = activity(network, plan, here, 0, &whole, {});
        CHECK_NEAR(activity(network, plan, here, 32, &tiled, {}), active, 1e-5 * active);
        CHECK(tiled.allclose(whole, 1e-4, 1e-6 * whole.abs().max().item<double>()));
    }
}

static void what_is_protected_stays_to_the_last_bit() {
    std::vector<float> mask(std::size_t(photo.width()) * photo.height());
    for (int y = 0; y < photo.height(); ++y)
        std::fill_n(mask.begin() + std::ptrdiff_t(y) * photo.width(), photo.width() / 2, 1.0f);
    const auto result = dreamed(dreaming(), {mask.data(), photo.width(), photo.height()});
    double most_here = 0, most_there = 0;
    for (int y = 0; y < photo.height(); ++y)
        for (int x = 0; x < photo.width(); ++x) {
            auto& most = x < photo.width() / 2 ? most_here : most_there;
            most = std::max(most, std::abs(double(result.pixel(x, y)[0]) - photo.pixel(x, y)[0]));
        }
    CHECK(most_here == 0);
    CHECK(most_there > 5.0 / 255);
}

static void the_pictures_mean_stays() {
    auto settings = dreaming();
    settings.iterations = 10;
    const auto result = dreamed(settings);
    double before = 0, behind = 0;
    for (std::size_t i = 0; i < photo.span().size(); ++i) {
        before += photo.span()[i];
        behind += result.span()[i];
    }
    CHECK_NEAR(behind / double(photo.span().size()), before / double(photo.span().size()), 0.02);
}

static void octaves_grow_to_the_photos_size_and_large_figures_begin_smaller() {
    const auto network = random_feature_network();
    auto settings = dreaming();
    settings.iterations.reset();
    const auto plan = plan_dream(network, settings, {1000, 800});
    CHECK(plan.scales.size() == 5 && plan.scales.back().width == 1000 && plan.scales.back().height == 800);
    for (std::size_t i = 1; i < plan.scales.size(); ++i)
        CHECK_NEAR(double(plan.scales[i].width) / plan.scales[i - 1].width, 1.4, 0.01);
    settings.stroke_size = 200;
    const auto large = plan_dream(network, settings, {1000, 800});
    CHECK(large.scales.front().width < plan.scales.front().width);
    CHECK(large.scales.back().width == 1000 && large.scales.back().iterations == 0);
}

static void more_quality_takes_more_steps_and_instant_as_many_as_draft() {
    const auto network = random_feature_network();
    auto settings = dreaming();
    settings.iterations.reset();
    const auto work = [&](Quality quality) {
        settings.quality = quality;
        return plan_dream(network, settings, {300, 200}).work();
    };
    CHECK(work(Quality::draft) < work(Quality::fine) && work(Quality::fine) < work(Quality::print));
    CHECK(work(Quality::instant) == work(Quality::draft));
    auto engine = random_engine();
    settings.quality = Quality::instant;
    const auto result = engine.paint({.content = photo, .styles = {}, .settings = settings});
    CHECK(result && largest_difference(*result, photo) > 5.0 / 255);
}

static void a_dream_takes_no_style_unless_its_colours_are_wanted() {
    auto engine = random_engine();
    auto settings = dreaming();
    CHECK(engine.estimate({.content = photo, .styles = {}, .settings = settings}));
    settings.colors = Colors::harmony;
    const auto refused = engine.paint({.content = photo, .styles = {}, .settings = settings});
    CHECK(!refused && refused.error().code == ErrorCode::invalid_request);
}

static void thin_and_tiny_photos_and_textures_are_dreamed_too() {
    auto engine = random_engine();
    for (const auto& [width, height] : {std::pair(16, 16), std::pair(300, 17), std::pair(33, 150)})
        for (const bool texture : {false, true}) {
            auto settings = dreaming();
            settings.seamless = width > 16 && height > 17;
            settings.texture = texture;
            const auto small = waves(width, height);
            const auto result = engine.paint({.content = small, .styles = {}, .settings = settings});
            CHECK(result && result->width() == width && result->height() == height);
            CHECK(std::ranges::all_of(result->span(), [](float v) { return v >= 0 && v <= 1; }));
        }
}

static void cancel_is_seen_and_keep_gives_what_is_there() {
    auto engine = random_engine();
    auto settings = dreaming();
    settings.iterations = 1000;
    std::stop_source stop, keep;
    const Image large = waves(200, 160);
    const auto cancelled = engine.paint(
        {.content = large, .styles = {}, .settings = settings},
        [&](const Update& update) {
            if (update.iteration == 2)
                stop.request_stop();
        },
        stop.get_token());
    CHECK(!cancelled && cancelled.error().code == ErrorCode::cancelled);
    int steps = 0;
    const auto kept =
        engine.paint({.content = large, .styles = {}, .settings = settings, .keep = keep.get_token()},
                     [&](const Update& update) {
                         steps += update.iteration > 0 ? 1 : 0;
                         if (update.iteration == 2)
                             keep.request_stop();
                     });
    CHECK(kept && kept->width() == 200 && steps <= MinimizeOptions().steps_between_reads);
    CHECK(largest_difference(*kept, large) > 0); // some of a thousand small steps
}

int dream_tests() {
    return run_tests(
        {TEST(strength_0_is_the_photo_to_the_last_bit), TEST(more_strength_dreams_further_from_the_photo),
         TEST(the_same_seed_gives_the_same_pixels_and_another_one_others), TEST(the_layers_activity_grows),
         TEST(the_gradient_is_that_of_the_activity), TEST(tiles_give_what_the_whole_gives),
         TEST(what_is_protected_stays_to_the_last_bit), TEST(the_pictures_mean_stays),
         TEST(octaves_grow_to_the_photos_size_and_large_figures_begin_smaller),
         TEST(more_quality_takes_more_steps_and_instant_as_many_as_draft),
         TEST(a_dream_takes_no_style_unless_its_colours_are_wanted),
         TEST(thin_and_tiny_photos_and_textures_are_dreamed_too),
         TEST(cancel_is_seen_and_keep_gives_what_is_there)});
}
