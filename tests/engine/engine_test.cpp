// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "oklab.hpp"
#include "random_network.hpp"
#include "tensor.hpp"
#include "test_device.hpp"
#include "test_folder.hpp"
#include "test_pictures.hpp"

#include <neural_style/engine.hpp>

#include <ATen/Context.h>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

using namespace neural_style;
using namespace tests;

namespace {

Engine random_engine(OpenOptions options = {}) {
    const Folder folder;
    options.feature_network = folder.path / "network.safetensors";
    write_random_network(options.feature_network);
    if (options.device == "automatic")
        options.device = test_device_name();
    auto engine = Engine::open(options);
    CHECK(engine);
    return std::move(*engine);
}

Settings quick() {
    Settings settings;
    settings.iterations = 4;
    return settings;
}

const Image photo = waves(72, 56, 0.05), painting = waves(64, 64, 0.7);

ErrorCode refusal(Engine& engine, const Request& request) {
    const auto result = engine.paint(request);
    CHECK(!result);
    CHECK(!result.error().message.empty() && result.error().message.ends_with('.'));
    return result.error().code;
}

} // namespace

static void a_painting_has_the_contents_size_and_valid_values() {
    auto engine = random_engine();
    const auto result =
        engine.paint({.content = photo, .styles = {{.picture = painting}}, .settings = quick()});
    CHECK(result && result->width() == 72 && result->height() == 56);
    CHECK(std::ranges::all_of(result->span(), [](float v) { return v >= 0 && v <= 1; }));
    CHECK(mean_difference(*result, photo) > 0.01);
}

static void the_same_request_gives_the_same_pixels() {
    auto engine = random_engine();
    for (const auto start : {Start::content, Start::noise}) {
        auto settings = quick();
        settings.start = start;
        settings.seed = 42;
        const Request request{.content = photo, .styles = {{.picture = painting}}, .settings = settings};
        const auto once = engine.paint(request), again = engine.paint(request);
        CHECK(once && again && mean_difference(*once, *again) == 0);
    }
}

static void another_seed_gives_other_noise() {
    auto engine = random_engine();
    auto settings = quick();
    settings.start = Start::noise;
    const auto once =
        engine.paint({.content = photo, .styles = {{.picture = painting}}, .settings = settings});
    settings.seed = 1;
    const auto other =
        engine.paint({.content = photo, .styles = {{.picture = painting}}, .settings = settings});
    CHECK(once && other && mean_difference(*once, *other) > 1e-3);
}

static void strength_0_is_the_photo_to_the_last_bit() {
    auto engine = random_engine();
    auto settings = quick();
    settings.strength = 0;
    const auto large = waves(300, 220, 0.3); // painted at several scales
    for (const auto optimizer : {Optimizer::lbfgs, Optimizer::adam}) {
        settings.optimizer = optimizer;
        const auto result =
            engine.paint({.content = large, .styles = {{.picture = painting}}, .settings = settings});
        CHECK(result);
        CHECK(std::ranges::equal(result->span(), large.span()));
    }
}

static void more_strength_moves_further_from_the_photo() {
    auto engine = random_engine();
    double before = 0;
    for (const double strength : {0.0, 0.3, 1.0, 2.0}) {
        auto settings = quick();
        settings.iterations = 15;
        settings.strength = strength;
        const auto result =
            engine.paint({.content = photo, .styles = {{.picture = painting}}, .settings = settings});
        CHECK(result);
        const double distance = mean_difference(*result, photo);
        CHECK(strength == 0 || distance > before);
        before = distance;
    }
}

static void the_size_limit_bounds_the_longest_side() {
    auto engine = random_engine();
    auto settings = quick();
    settings.size_limit = 36;
    const auto result =
        engine.paint({.content = photo, .styles = {{.picture = painting}}, .settings = settings});
    CHECK(result && result->width() == 36 && result->height() == 28);
}

static void a_thin_picture_keeps_its_shape_under_the_size_limit() {
    auto engine = random_engine();
    const auto thin = waves(480, 32, 0.1);
    for (const auto manner : {Manner::strokes, Manner::brush, Manner::dream})
        for (const double strength : {0.0, 1.0}) {
            auto settings = quick();
            settings.manner = manner;
            settings.strength = strength;
            settings.size_limit = 48;
            const auto result =
                engine.paint({.content = thin, .styles = {{.picture = painting}}, .settings = settings});
            CHECK(result && result->width() == 48 && result->height() == 3);
        }
}

static void content_colours_keep_the_photos_hue_and_chroma() {
    auto engine = random_engine();
    auto settings = quick();
    settings.colors = Colors::content;
    const auto result =
        engine.paint({.content = photo, .styles = {{.picture = painting}}, .settings = settings});
    CHECK(result);
    const auto there = to_oklab(to_tensor(*result, torch::kCPU)),
               wanted = to_oklab(to_tensor(photo, torch::kCPU));
    int kept = 0;
    for (std::size_t i = 0; i < photo.span().size(); i += 3) {
        const auto r = (*result).span().subspan(i, 3);
        if (std::ranges::any_of(r, [](float v) { return v < 1e-3 || v > 1 - 1e-3; }))
            continue; // sRGB may have no such colour at that lightness
        const auto x = std::int64_t(i / 3) % photo.width(), y = std::int64_t(i / 3) / photo.width();
        for (const int axis : {1, 2})
            CHECK_NEAR(there[0][axis][y][x].item<double>(), wanted[0][axis][y][x].item<double>(), 1e-3);
        ++kept;
    }
    CHECK(kept > 1000);
}

static void the_palette_has_no_strokes() {
    auto engine = random_engine();
    auto settings = quick();
    settings.colors = Colors::palette;
    const auto result =
        engine.paint({.content = photo, .styles = {{.picture = painting}}, .settings = settings});
    CHECK(result);
    settings.strength = 0;
    const auto none =
        engine.paint({.content = photo, .styles = {{.picture = painting}}, .settings = settings});
    CHECK(none && mean_difference(*none, photo) < 1e-6 && mean_difference(*result, photo) > 1e-3);
}

/// Paints with `colors palette` and the given masks of the whole photo.
static Image recolored(Engine& engine, const Image& content, std::vector<Style> styles, double strength = 1,
                       MaskView protect = {}, std::vector<double> blend = {}) {
    auto settings = quick();
    settings.colors = Colors::palette;
    settings.strength = strength;
    settings.blend = std::move(blend);
    auto result = engine.paint(
        {.content = content, .styles = std::move(styles), .protect = protect, .settings = settings});
    CHECK(result);
    return std::move(*result);
}

static Image left_half(const Image& picture, int width) {
    Image half(width, picture.height());
    for (int y = 0; y < picture.height(); ++y)
        std::copy_n(picture.pixel(0, y), width * 3, half.pixel(0, y));
    return half;
}

static void each_region_has_the_palette_of_its_style() {
    auto engine = random_engine();
    const Image other = waves(64, 64, 2.5);
    std::vector<float> left(72 * 56), right(72 * 56);
    for (std::size_t i = 0; i < left.size(); ++i)
        (i % 72 < 36 ? left : right)[i] = 1;
    const MaskView here{left.data(), 72, 56}, there{right.data(), 72, 56};
    const auto both = recolored(engine, photo,
                                {{.picture = painting, .region = here}, {.picture = other, .region = there}});
    const auto rest = recolored(engine, photo, {{.picture = painting, .region = here}, {.picture = other}});
    const auto alone = recolored(engine, left_half(photo, 36), {{.picture = painting}});
    const auto only = recolored(engine, photo, {{.picture = painting, .region = here}});
    CHECK(mean_difference(left_half(both, 36), alone) < 1e-5);
    CHECK(mean_difference(left_half(only, 36), alone) < 1e-5);
    CHECK(mean_difference(both, rest) < 1e-5);
    CHECK(mean_difference(both, only) > 1e-2);
    for (int y = 0; y < 56; ++y) // outside all regions the photo is left alone
        CHECK(std::equal(only.pixel(36, y), only.pixel(36, y) + 36 * 3, photo.pixel(36, y)));
}

static void palettes_mix_by_their_shares_in_regions_as_without() {
    auto engine = random_engine();
    const Image other = waves(64, 64, 2.5);
    const std::vector<float> all(72 * 56, 1.0f);
    const MaskView everywhere{all.data(), 72, 56};
    const auto first = recolored(engine, photo, {{.picture = painting}}),
               second = recolored(engine, photo, {{.picture = other}});
    CHECK(
        mean_difference(recolored(engine, photo, {{.picture = painting}, {.picture = other}}, 1, {}, {1, 0}),
                        first) < 1e-6);
    const auto regions =
        recolored(engine, photo,
                  {{.picture = painting, .region = everywhere}, {.picture = other, .region = everywhere}}, 1,
                  {}, {3, 1});
    for (std::size_t i = 0; i < first.span().size(); ++i)
        CHECK_NEAR(regions.span()[i], 0.75 * first.span()[i] + 0.25 * second.span()[i], 1e-4);
}

static void a_palette_leaves_protected_pixels_alone_and_highlights_above_white() {
    auto engine = random_engine();
    Image bright = photo;
    for (int y = 0; y < 56; ++y)
        for (const int x : {5, 50}) {
            bright.pixel(x, y)[0] = 3.5f;
            bright.pixel(x, y)[1] = 2.0f;
            bright.pixel(x, y)[2] = -0.25f;
        }
    std::vector<float> left(72 * 56);
    for (std::size_t i = 0; i < left.size(); ++i)
        left[i] = i % 72 < 36 ? 1 : 0;
    const MaskView protect{left.data(), 72, 56};
    const std::vector<float> all(72 * 56, 1.0f);
    for (const MaskView region : {MaskView{}, MaskView{all.data(), 72, 56}}) {
        const auto result = recolored(engine, bright, {{.picture = painting, .region = region}}, 1, protect);
        for (int y = 0; y < 56; ++y) {
            CHECK(std::equal(result.pixel(0, y), result.pixel(0, y) + 36 * 3, bright.pixel(0, y)));
            CHECK(*std::max_element(result.pixel(50, y), result.pixel(50, y) + 3) > 1);
        }
        CHECK(mean_difference(result, bright) > 1e-3);
        CHECK(std::ranges::equal(
            recolored(engine, bright, {{.picture = painting, .region = region}}, 0).span(), bright.span()));
    }
}

static void progress_never_goes_back_and_ends_at_one() {
    auto engine = random_engine({.feature_network = {}, .preview_size = 40});
    double before = 0;
    int updates = 0, previews = 0;
    const auto result = engine.paint(
        {.content = waves(300, 200, 0.1), .styles = {{.picture = painting}}, .settings = quick()},
        [&](const Update& update) {
            CHECK(update.fraction >= before && update.fraction <= 1);
            before = update.fraction;
            ++updates;
            if (!update.preview.empty()) {
                ++previews;
                const int longest = std::max(update.preview.width, update.preview.height);
                CHECK(longest <= 40 && longest >= 36);
            }
        });
    CHECK(result && before == 1 && updates > 10 && previews >= 1);
}

static void the_first_step_already_has_a_preview() {
    auto engine = random_engine();
    bool first = true;
    CHECK(engine.paint({.content = photo, .styles = {{.picture = painting}}, .settings = quick()},
                       [&](const Update& update) {
                           if (update.stage == Stage::painting && std::exchange(first, false))
                               CHECK(!update.preview.empty());
                       }));
}

static void cancel_works_at_any_moment_and_the_next_job_runs() {
    auto engine = random_engine();
    const auto large = waves(256, 256, 0.1);
    for (const double moment : {0.0, 0.05, 0.5, 0.99}) {
        std::stop_source source;
        double reached = 0;
        const auto result = engine.paint(
            {.content = large, .styles = {{.picture = painting}}, .settings = quick()},
            [&](const Update& update) {
                reached = update.fraction;
                if (update.fraction >= moment)
                    source.request_stop();
            },
            source.get_token());
        CHECK(!result && result.error().code == ErrorCode::cancelled);
        CHECK(reached >= moment);
    }
    CHECK(engine.paint({.content = large, .styles = {{.picture = painting}}, .settings = quick()}));
}

/// At the first update, in the middle of a scale, and after a tenth of a second of it.
static void what_is_painted_so_far_can_be_kept_at_any_moment() {
    auto engine = random_engine();
    const auto large = waves(256, 192, 0.1);
    std::vector<float> here(256 * 192, 0.0f);
    std::fill_n(here.begin(), 256 * 20, 1.0f);
    for (const bool protects : {false, true})
        for (const double moment : {0.0, 0.05, 0.5, 0.9}) {
            std::stop_source keep;
            double reached = 0;
            auto settings = quick();
            settings.iterations = 60;
            const auto result =
                engine.paint({.content = large,
                              .styles = {{.picture = painting}},
                              .protect = protects ? MaskView{here.data(), 256, 192} : MaskView{},
                              .settings = settings,
                              .keep = keep.get_token()},
                             [&](const Update& update) {
                                 if (update.stage == Stage::painting)
                                     reached = update.fraction;
                                 if (update.fraction >= moment)
                                     keep.request_stop();
                             });
            CHECK(result && result->width() == 256 && result->height() == 192);
            CHECK(reached > 0 && reached >= moment && reached < 1); // at least one step, but not all
            CHECK(!std::ranges::equal(result->span(), large.span()));
            if (protects)
                for (int i = 0; i < 256 * 20 * 3; ++i)
                    CHECK_NEAR(result->span()[i], large.span()[i], 1e-3);
        }
}

static void cancel_is_honoured_within_a_second_on_a_megapixel() {
    auto engine = random_engine();
    std::stop_source source;
    auto settings = quick();
    settings.iterations = 10000;
    std::chrono::steady_clock::time_point asked;
    std::jthread canceller([&] {
        std::this_thread::sleep_for(std::chrono::seconds(2));
        asked = std::chrono::steady_clock::now();
        source.request_stop();
    });
    const auto result = engine.paint(
        {.content = waves(1024, 1024, 0.1), .styles = {{.picture = painting}}, .settings = settings}, {},
        source.get_token());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - asked;
    CHECK(!result && result.error().code == ErrorCode::cancelled);
    CHECK(took.count() < 1);
}

static void bad_requests_get_a_sentence() {
    auto engine = random_engine();
    const auto with = [&](auto change) {
        auto settings = quick();
        change(settings);
        return refusal(engine, {.content = photo, .styles = {{.picture = painting}}, .settings = settings});
    };
    CHECK(with([](Settings& s) { s.strength = 7; }) == ErrorCode::invalid_request);
    CHECK(with([](Settings& s) { s.strength = std::numeric_limits<double>::quiet_NaN(); }) ==
          ErrorCode::invalid_request);
    CHECK(with([](Settings& s) { s.stroke_size = 0; }) == ErrorCode::invalid_request);
    CHECK(with([](Settings& s) { s.size_limit = 3; }) == ErrorCode::invalid_request);
    CHECK(with([](Settings& s) { s.iterations = 0; }) == ErrorCode::invalid_request);
    CHECK(with([](Settings& s) { s.content_weight = -1; }) == ErrorCode::invalid_request);
    CHECK(with([](Settings& s) { s.history = 21; }) == ErrorCode::invalid_request);
    CHECK(with([](Settings& s) { s.style_layers = {"relu9_9"}; }) == ErrorCode::invalid_request);
    CHECK(with([](Settings& s) { s.content_layers = {"nothing"}; }) == ErrorCode::invalid_request);
}

static void tiny_pictures_get_a_sentence() {
    auto engine = random_engine();
    const Image pixel(1, 1);
    CHECK(refusal(engine, {.content = pixel, .styles = {{.picture = painting}}, .settings = {}}) ==
          ErrorCode::invalid_request);
    CHECK(refusal(engine, {.content = photo, .styles = {{.picture = pixel}}, .settings = {}}) ==
          ErrorCode::invalid_request);
    CHECK(refusal(engine, {.content = {}, .styles = {{.picture = painting}}, .settings = {}}) ==
          ErrorCode::invalid_request);
}

static void the_smallest_pictures_are_painted() {
    auto engine = random_engine();
    const auto result = engine.paint(
        {.content = waves(16, 40, 0.3), .styles = {{.picture = waves(16, 16, 1)}}, .settings = quick()});
    CHECK(result && result->width() == 16 && result->height() == 40);
}

static void a_job_over_the_limit_is_refused_with_the_figures() {
    auto engine = random_engine({.feature_network = {}, .memory_limit = 300u << 20});
    const Image large(2000, 2000);
    const auto result =
        engine.paint({.content = large, .styles = {{.picture = painting}}, .settings = quick()});
    CHECK(!result && result.error().code == ErrorCode::over_limit);
    CHECK(result.error().message.contains("315 MB"));
}

static void a_palette_costs_what_recolouring_costs() {
    auto engine = random_engine();
    Request request{.content = {nullptr, 1500, 1200}, .styles = {{.picture = {nullptr, 256, 256}}}};
    const auto strokes = engine.estimate(request);
    request.settings.colors = Colors::palette;
    const auto palette = engine.estimate(request);
    CHECK(strokes && palette && palette->tiles == 1);
    CHECK(palette->memory_needed < strokes->memory_needed);
    CHECK(palette->time_needed > 0 && palette->time_needed < strokes->time_needed / 4);
}

static void a_palette_is_refused_only_where_recolouring_does_not_fit() {
    auto engine = random_engine();
    const auto content = waves(1500, 1200, 0.1), style = waves(64, 64, 0.4);
    Request request{.content = content, .styles = {{.picture = style}}};
    request.settings.colors = Colors::palette;
    const auto estimate = engine.estimate(request);
    CHECK(estimate);
    request.memory_limit = estimate->memory_needed;
    CHECK(engine.paint(request));
    --request.memory_limit;
    const auto refused = engine.paint(request);
    CHECK(!refused && refused.error().code == ErrorCode::over_limit &&
          refused.error().message.ends_with('.'));
}

static void the_estimate_needs_no_pixels_and_grows_with_them() {
    auto engine = random_engine();
    const auto small = engine.estimate(
        {.content = {nullptr, 256, 256}, .styles = {{.picture = {nullptr, 256, 256}}}, .settings = {}});
    const auto large = engine.estimate(
        {.content = {nullptr, 1024, 1024}, .styles = {{.picture = {nullptr, 256, 256}}}, .settings = {}});
    CHECK(small && large);
    CHECK(small->memory_needed > 0 && small->time_needed > 0);
    CHECK(large->memory_needed > small->memory_needed && large->time_needed > small->time_needed);
}

static void an_unknown_device_is_refused() {
    const Folder folder;
    write_random_network(folder.path / "network");
    for (const auto* name : {"abacus", "cuda:99", "cuda:x", ""}) {
        const auto engine = Engine::open({.feature_network = folder.path / "network", .device = name});
        CHECK(!engine && engine.error().code == ErrorCode::no_device);
    }
}

static void a_missing_network_is_refused() {
    const auto engine = Engine::open({.feature_network = "/nowhere/network.safetensors"});
    CHECK(!engine && engine.error().code == ErrorCode::bad_weights);
}

static void the_cpu_is_always_listed() {
    const auto devices = Engine::devices();
    CHECK(!devices.empty() && devices.front().name == "cpu");
    CHECK(devices.front().memory_free > 0 && devices.front().memory_free <= devices.front().memory_total);
}

static void a_cuda_device_paints_like_the_cpu() {
    if (!at::hasCUDA())
        skip_test("no CUDA device");
    auto cpu = random_engine({.feature_network = {}, .device = "cpu"}),
         cuda = random_engine({.feature_network = {}, .device = "cuda"});
    const Request request{.content = photo, .styles = {{.picture = painting}}, .settings = quick()};
    const auto a = cpu.paint(request), b = cuda.paint(request);
    CHECK(a && b);
    CHECK_NEAR(mean_difference(*a, *b), 0, 1.0 / 255);
}

int engine_tests() {
    return run_tests({TEST(a_painting_has_the_contents_size_and_valid_values),
                      TEST(the_same_request_gives_the_same_pixels),
                      TEST(another_seed_gives_other_noise),
                      TEST(strength_0_is_the_photo_to_the_last_bit),
                      TEST(more_strength_moves_further_from_the_photo),
                      TEST(the_size_limit_bounds_the_longest_side),
                      TEST(a_thin_picture_keeps_its_shape_under_the_size_limit),
                      TEST(content_colours_keep_the_photos_hue_and_chroma),
                      TEST(the_palette_has_no_strokes),
                      TEST(each_region_has_the_palette_of_its_style),
                      TEST(palettes_mix_by_their_shares_in_regions_as_without),
                      TEST(a_palette_leaves_protected_pixels_alone_and_highlights_above_white),
                      TEST(progress_never_goes_back_and_ends_at_one),
                      TEST(the_first_step_already_has_a_preview),
                      TEST(cancel_works_at_any_moment_and_the_next_job_runs),
                      TEST(what_is_painted_so_far_can_be_kept_at_any_moment),
                      TEST(cancel_is_honoured_within_a_second_on_a_megapixel),
                      TEST(bad_requests_get_a_sentence),
                      TEST(tiny_pictures_get_a_sentence),
                      TEST(the_smallest_pictures_are_painted),
                      TEST(a_job_over_the_limit_is_refused_with_the_figures),
                      TEST(a_palette_costs_what_recolouring_costs),
                      TEST(a_palette_is_refused_only_where_recolouring_does_not_fit),
                      TEST(the_estimate_needs_no_pixels_and_grows_with_them),
                      TEST(an_unknown_device_is_refused),
                      TEST(a_missing_network_is_refused),
                      TEST(the_cpu_is_always_listed),
                      TEST(a_cuda_device_paints_like_the_cpu)});
}
