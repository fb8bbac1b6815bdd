// SPDX-License-Identifier: GPL-3.0-or-later
// What a request can ask of the engine, one control at a time; requests with only settings and styles are in
// engine_test.cpp.
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "random_network.hpp"
#include "test_device.hpp"
#include "test_folder.hpp"

#include <neural_style/engine.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <numeric>
#include <string>
#include <sys/resource.h>

using namespace neural_style;
using namespace tests;

namespace {

std::filesystem::path models() {
    return std::filesystem::path(std::getenv("NEURAL_STYLE_DATA")) / "models";
}

Engine shipped(OpenOptions options = {}) {
    options.feature_network = models() / "encoder.safetensors";
    options.device = test_device_name();
    auto engine = Engine::open(options);
    CHECK(engine);
    return std::move(*engine);
}

Engine shipped_with_decoder() {
    OpenOptions options;
    options.decoder = models() / "decoder.safetensors";
    return shipped(options);
}

Image waves(int width, int height, double frequency, double red = 1) {
    Image image(width, height);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < 3; ++c)
                image.pixel(x, y)[c] =
                    float((c == 0 ? red : 1) * (0.5 + 0.4 * std::sin(frequency * (x + (c + 1) * y) + c)));
    return image;
}

// Camera-like noise on a gradient: nothing in it repeats.
Image grain(int width, int height) {
    Image image(width, height);
    std::uint32_t state = 1;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < 3; ++c) {
                state = state * 1664525u + 1013904223u;
                image.pixel(x, y)[c] = 0.3f * float(x) / float(width) + 0.3f * float(y) / float(height) +
                                       0.3f * float(state >> 8) / float(1 << 24);
            }
    return image;
}

const Image photo = waves(160, 128, 0.05), blue = waves(128, 128, 0.7, 0.1), warm = waves(128, 128, 0.3, 1.2);

Settings quick(int iterations = 3) {
    Settings settings;
    settings.iterations = iterations;
    settings.precision = Precision::float32;
    return settings;
}

Image paint(Engine& engine, const Request& request, const UpdateCallback& update = {}) {
    auto result = engine.paint(request, update);
    if (!result)
        std::fprintf(stderr, "%s\n", result.error().message.c_str());
    CHECK(result);
    return std::move(*result);
}

std::string refusal(Engine& engine, const Request& request) {
    bool worked = false;
    const auto result =
        engine.paint(request, [&](const Update& u) { worked = worked || u.stage == Stage::painting; });
    CHECK(!result && result.error().code == ErrorCode::invalid_request);
    CHECK(!worked);
    CHECK(result.error().message.ends_with('.'));
    return result.error().message;
}

double difference(ImageView a, ImageView b, int left = 0, int right = 0) {
    CHECK(a.width == b.width && a.height == b.height);
    right = right > 0 ? right : a.width;
    double sum = 0;
    for (int y = 0; y < a.height; ++y)
        for (int x = left; x < right; ++x)
            for (int c = 0; c < 3; ++c)
                sum += std::abs(double(a.pixel(x, y)[c]) - b.pixel(x, y)[c]);
    return sum / (3.0 * a.height * (right - left));
}

double mean_of(ImageView image, int channel, int left, int right) {
    double sum = 0;
    for (int y = 0; y < image.height; ++y)
        for (int x = left; x < right; ++x)
            sum += image.pixel(x, y)[channel];
    return sum / double(image.height * (right - left));
}

// 1 left of the photo's centre.
std::vector<float> left_half() {
    std::vector<float> mask(std::size_t(photo.width() * photo.height()));
    for (int y = 0; y < photo.height(); ++y)
        for (int x = 0; x < photo.width() / 2; ++x)
            mask[std::size_t(y * photo.width() + x)] = 1;
    return mask;
}

MaskView view(const std::vector<float>& mask) {
    return {mask.data(), photo.width(), photo.height()};
}

// Mean difference between a column and the next.
double step_at(ImageView image, int column, int next) {
    double sum = 0;
    for (int y = 0; y < image.height; ++y)
        for (int c = 0; c < 3; ++c)
            sum += std::abs(double(image.pixel(column, y)[c]) - image.pixel(next, y)[c]);
    return sum / (3.0 * image.height);
}

} // namespace

static void a_style_with_the_whole_share_paints_alone() {
    auto engine = shipped();
    auto settings = quick();
    const auto alone = paint(engine, {.content = photo, .styles = {{.picture = blue}}, .settings = settings});
    settings.blend = {1, 0};
    const Request both{
        .content = photo, .styles = {{.picture = blue}, {.picture = warm}}, .settings = settings};
    CHECK_NEAR(difference(paint(engine, both), alone), 0, 1e-3);
    settings.blend = {1, 1};
    const Request even{
        .content = photo, .styles = {{.picture = blue}, {.picture = warm}}, .settings = settings};
    CHECK(difference(paint(engine, even), alone) > 0.01);
}

static void each_style_paints_its_own_region() {
    auto engine = shipped();
    const auto mask = left_half();
    const auto result = paint(engine, {.content = photo,
                                       .styles = {{.picture = blue, .region = view(mask)}, {.picture = warm}},
                                       .settings = quick(8)});
    // Blue has almost no red.
    CHECK(mean_of(result, 0, 0, 60) < 0.6 * mean_of(result, 0, 100, 160));
}

static void harmony_gives_each_region_the_palette_of_its_style() {
    auto engine = shipped_with_decoder();
    const auto mask = left_half();
    for (const auto quality : {Quality::draft, Quality::instant}) {
        auto settings = quick();
        settings.quality = quality;
        settings.colors = Colors::harmony;
        const auto result =
            paint(engine, {.content = photo,
                           .styles = {{.picture = blue, .region = view(mask)}, {.picture = warm}},
                           .settings = settings});
        CHECK(mean_of(result, 0, 0, 60) < 0.6 * mean_of(result, 0, 100, 160));
    }
}

// The style that has `blue` on the left and a checkered right half that is not seen.
static void what_is_not_seen_of_a_style_is_not_painted() {
    auto engine = shipped_with_decoder();
    Image half(128, 128);
    std::vector<float> alpha;
    for (int y = 0; y < 128; ++y)
        for (int x = 0; x < 128; ++x) {
            for (int c = 0; c < 3; ++c)
                half.pixel(x, y)[c] = x < 64                          ? blue.pixel(x, y)[c]
                                      : c == 0 || (x / 4 + y / 4) % 2 ? 1.0f
                                                                      : 0.0f;
            alpha.push_back(x < 64 ? 1 : 0);
        }
    auto strokes = quick(6), brush = quick(6), palette = quick(), harmony = quick(), match = quick(6),
         instant = quick();
    brush.manner = Manner::brush;
    palette.colors = Colors::palette;
    harmony.colors = Colors::harmony;
    match.colors = Colors::content;
    match.color_transfer = ColorTransfer::match;
    instant.quality = Quality::instant;
    for (const auto& settings : {strokes, brush, palette, harmony, match, instant}) {
        const auto painted = [&](const Style& style) {
            return paint(engine, {.content = photo, .styles = {style}, .settings = settings});
        };
        const auto whole = painted({.picture = blue});
        const auto seen = painted({.picture = half, .alpha = {alpha.data(), 128, 128}});
        const auto counted = painted({.picture = half});
        // With the photo's colours only the checks' pattern is left to see.
        CHECK(difference(seen, whole) <
              (settings.colors == Colors::content ? 0.85 : 0.55) * difference(counted, whole));
    }
}

static void a_style_of_which_nothing_is_seen_is_refused() {
    auto engine = shipped();
    const std::vector<float> alpha(128 * 128);
    CHECK(refusal(engine, {.content = photo,
                           .styles = {{.picture = blue, .alpha = {alpha.data(), 128, 128}}},
                           .settings = quick()})
              .contains("nothing to be seen"));
    CHECK(refusal(engine, {.content = photo,
                           .styles = {{.picture = blue, .alpha = {alpha.data(), 64, 128}}},
                           .settings = quick()})
              .contains("equally large"));
}

static void what_is_protected_stays() {
    auto engine = shipped();
    const auto mask = left_half();
    const auto result =
        paint(engine,
              {.content = photo, .styles = {{.picture = blue}}, .protect = view(mask), .settings = quick()});
    CHECK_NEAR(difference(result, photo, 0, 78), 0, 1e-3);
    CHECK(difference(result, photo, 90, 160) > 0.05);
}

static void seamless_borders_continue_each_other() {
    auto engine = shipped();
    auto settings = quick(10);
    const auto ragged = grain(192, 160);
    const auto usual =
        paint(engine, {.content = ragged, .styles = {{.picture = warm}}, .settings = settings});
    settings.seamless = true;
    settings.texture = true;
    const auto seamless =
        paint(engine, {.content = ragged, .styles = {{.picture = warm}}, .settings = settings});
    double inside = 0;
    for (int x = 20; x < 170; ++x)
        inside += step_at(seamless, x, x + 1) / 150;
    CHECK(step_at(seamless, 191, 0) < 1.6 * inside);
    CHECK(step_at(usual, 191, 0) > 1.6 * inside);
}

static void a_texture_does_not_depend_on_the_content() {
    auto engine = shipped();
    auto settings = quick();
    settings.texture = true;
    const auto one = paint(engine, {.content = photo, .styles = {{.picture = blue}}, .settings = settings});
    const auto other = paint(engine, {.content = grain(photo.width(), photo.height()),
                                      .styles = {{.picture = blue}},
                                      .settings = settings});
    CHECK(difference(one, other) == 0);
}

static void refining_goes_on_from_the_painting_at_full_size() {
    auto engine = shipped();
    const auto before =
        paint(engine, {.content = photo, .styles = {{.picture = blue}}, .settings = quick(12)});
    bool smaller = false;
    const auto after = paint(
        engine, {.content = photo, .styles = {{.picture = blue}}, .refine = before, .settings = quick(2)},
        [&](const Update& u) { smaller = smaller || u.width < photo.width(); });
    CHECK(!smaller);
    CHECK(difference(after, before) < 0.5 * difference(photo, before));
}

static void snapshots_come_every_so_many_steps() {
    auto engine = shipped();
    int steps = 0, snapshots = 0;
    paint(engine,
          {.content = photo, .styles = {{.picture = blue}}, .settings = quick(6), .snapshot_every = 4},
          [&](const Update& u) {
              steps += u.stage == Stage::painting;
              if (!u.snapshot.empty()) {
                  ++snapshots;
                  CHECK(u.snapshot.width <= photo.width() && steps % 4 == 0);
              }
          });
    CHECK(snapshots == steps / 4 && snapshots > 0);
}

static void losses_are_told_for_every_step() {
    auto engine = shipped();
    std::vector<double> totals;
    paint(engine, {.content = photo, .styles = {{.picture = blue}}, .settings = quick(6)},
          [&](const Update& u) {
              if (u.stage == Stage::painting)
                  totals.push_back(u.losses.total());
          });
    CHECK(totals.size() >= 6);
    CHECK(std::ranges::all_of(totals, [](double t) { return std::isfinite(t) && t > 0; }));
    CHECK(totals[5] < totals[0]);
}

static void matched_colours_come_from_the_photo_before_painting() {
    auto engine = shipped();
    auto settings = quick(8);
    settings.colors = Colors::content;
    settings.color_transfer = ColorTransfer::match;
    const auto matched =
        paint(engine, {.content = photo, .styles = {{.picture = blue}}, .settings = settings});
    CHECK_NEAR(mean_of(matched, 0, 0, 160), mean_of(photo, 0, 0, 160), 0.1); // blue has almost no red
}

static void the_classic_program_says_which_layers_it_takes() {
    auto engine = shipped();
    auto settings = quick(3);
    settings.style_loss = StyleLoss::classic;
    std::string notices;
    int scales = 0, width = 0;
    paint(engine, {.content = photo, .styles = {{.picture = blue}}, .settings = settings},
          [&](const Update& u) {
              notices += u.notice;
              scales += u.stage == Stage::painting && u.width != width;
              width = u.stage == Stage::painting ? u.width : width;
          });
    CHECK(notices.contains("relu5_2") && notices.contains("relu5_1"));
    CHECK(scales == 1);
}

static void every_loss_and_pooling_paints() {
    auto engine = shipped();
    for (const auto loss :
         {StyleLoss::formula, StyleLoss::gram, StyleLoss::moments, StyleLoss::gaussian, StyleLoss::classic})
        for (const auto pooling : {Pooling::average, Pooling::max}) {
            auto settings = quick();
            settings.style_loss = loss;
            settings.pooling = pooling;
            const auto result =
                paint(engine, {.content = photo, .styles = {{.picture = warm}}, .settings = settings});
            CHECK(difference(result, photo) > 0.001);
        }
}

static void a_painting_is_given_as_much_of_the_styles_grain_as_is_asked_for() {
    auto engine = shipped();
    const auto painted = [&](double share, StyleLoss loss = StyleLoss::gaussian) {
        auto settings = quick();
        settings.grain = share;
        settings.style_loss = loss;
        return paint(engine, {.content = photo,
                              .styles = {{.picture = grain(photo.width(), photo.height())}},
                              .settings = settings});
    };
    const auto none = painted(0), half = painted(0.5), whole = painted(1);
    CHECK(difference(none, whole) > 1e-6);
    CHECK(difference(none, half) > 0.25 * difference(none, whole));
    CHECK(difference(half, whole) > 0.25 * difference(none, whole));
    CHECK(difference(painted(0, StyleLoss::formula), painted(1, StyleLoss::formula)) == 0);
}

static void an_early_stop_takes_fewer_steps() {
    auto engine = shipped();
    const auto steps = [&](double early_stop) {
        auto settings = quick(40);
        settings.early_stop = early_stop;
        int count = 0;
        paint(engine, {.content = photo, .styles = {{.picture = blue}}, .settings = settings},
              [&](const Update& u) { count += u.stage == Stage::painting; });
        return count;
    };
    CHECK(steps(0.3) < steps(0));
}

// The two diverge pixel by pixel, as with two seeds, but are equally good.
static void bfloat16_reaches_the_losses_of_float32() {
    auto engine = shipped();
    const auto last_loss = [&](Precision precision) {
        auto settings = quick(20);
        settings.precision = precision;
        double total = 0;
        paint(engine, {.content = photo, .styles = {{.picture = blue}}, .settings = settings},
              [&](const Update& u) {
                  if (u.stage == Stage::painting)
                      total = u.losses.total();
              });
        return total;
    };
    CHECK_NEAR(last_loss(Precision::bfloat16) / last_loss(Precision::float32), 1, 0.05);
}

static void a_photo_held_in_integers_paints_as_its_floats_do() {
    auto engine = shipped();
    auto plain = quick(), photo_itself = quick(), own_colors = quick(), palette = quick();
    photo_itself.strength = 0;
    own_colors.colors = Colors::content;
    own_colors.size_limit = 100;
    palette.colors = Colors::palette;
    for (const auto sample : {Sample::u8, Sample::u16}) {
        const auto held = packed(photo, sample);
        const auto floats = unpacked(held);
        for (const auto& settings : {plain, photo_itself, own_colors, palette}) {
            const auto painted = [&](SamplesView content) {
                return paint(engine,
                             {.content = content, .styles = {{.picture = blue}}, .settings = settings});
            };
            CHECK(difference(painted(held), painted(floats)) == 0);
        }
    }
}

static void a_limit_makes_tiles_and_paints_the_same() {
    auto engine = shipped();
    const auto large = grain(900, 700);
    Request request{.content = large, .styles = {{.picture = warm}}, .settings = quick(1)};
    request.settings.optimizer = Optimizer::adam;
    const auto whole = paint(engine, request);
    const auto roomy = engine.estimate(request);
    CHECK(roomy && roomy->tiles == 1);
    request.memory_limit = 480u << 20;
    const auto tight = engine.estimate(request);
    CHECK(tight && tight->tiles > 1);
    CHECK(tight->memory_needed <= request.memory_limit && tight->memory_needed < roomy->memory_needed);
    CHECK_NEAR(difference(paint(engine, request), whole), 0, 1.0 / 255);
}

static void styles_are_counted_as_large_as_they_are_laid_out() {
    auto engine = shipped();
    const auto needed = [&](double stroke_size) {
        Request request{.content = {nullptr, 200, 150},
                        .styles = {{.picture = {nullptr, 1200, 900}}},
                        .settings = quick(1)};
        request.settings.stroke_size = stroke_size;
        const auto estimate = engine.estimate(request);
        CHECK(estimate);
        return double(estimate->memory_needed);
    };
    // A pass through the network takes hundreds of bytes per pixel of the style.
    CHECK(needed(400) > needed(100) + 50e6);
    CHECK(needed(1000) > needed(400) + 50e6);
}

static void a_limit_cuts_large_styles_too_and_paints_the_same() {
    auto engine = shipped();
    const auto small = grain(160, 120), style = grain(500, 400);
    for (const auto manner : {Manner::strokes, Manner::brush}) {
        Request request{.content = small, .styles = {{.picture = style}}, .settings = quick(1)};
        request.settings.manner = manner;
        request.settings.stroke_size = 500;
        const auto whole = paint(engine, request);
        const auto roomy = engine.estimate(request);
        request.settings.stroke_size = 100;
        const auto small_strokes = engine.estimate(request);
        CHECK(roomy && small_strokes);
        request.settings.stroke_size = 500;
        request.memory_limit = (2 * roomy->memory_needed + small_strokes->memory_needed) / 3;
        const auto tight = engine.estimate(request);
        CHECK(tight && tight->memory_needed <= request.memory_limit);
        CHECK_NEAR(difference(paint(engine, request), whole), 0, 1.0 / 255);
    }
}

// Neighbours across tile borders differ as much as elsewhere: on noise and on a gradient.
static void tiles_leave_no_seams() {
    auto engine = shipped();
    Image gradient(900, 700);
    for (int y = 0; y < 700; ++y)
        for (int x = 0; x < 900; ++x)
            for (int c = 0; c < 3; ++c)
                gradient.pixel(x, y)[c] = float(x + y + 100 * c) / 1800;
    for (const auto& content : {grain(900, 700), gradient}) {
        Request request{.content = content, .styles = {{.picture = warm}}, .settings = quick(2)};
        request.settings.precision = Precision::bfloat16;
        request.settings.optimizer = Optimizer::adam;
        request.memory_limit = 430u << 20;
        const auto estimate = engine.estimate(request);
        CHECK(estimate && estimate->tiles > 1);
        const auto painted = paint(engine, request);
        std::vector<double> steps;
        for (int x = 40; x + 1 < 860; ++x)
            steps.push_back(step_at(painted, x, x + 1));
        const double mean = std::accumulate(steps.begin(), steps.end(), 0.0) / double(steps.size());
        double variance = 0;
        for (const double step : steps)
            variance += (step - mean) * (step - mean) / double(steps.size());
        CHECK(std::ranges::max(steps) < mean + 6 * std::sqrt(variance));
    }
}

static void too_small_a_limit_names_what_would_fit() {
    auto engine = shipped();
    const Image large(3000, 2000);
    Request request{.content = large, .styles = {{.picture = warm}}, .settings = quick(1)};
    request.memory_limit = 500u << 20;
    const auto result = engine.paint(request);
    CHECK(!result && result.error().code == ErrorCode::over_limit);
    CHECK(result.error().message.contains("would fit"));
    // It would: the limit that the sentence names is kept.
    const auto& message = result.error().message;
    const auto number = message.substr(message.find("A size limit of ") + 16);
    request.settings.size_limit = std::stoi(number);
    const auto estimate = engine.estimate(request);
    CHECK(estimate && estimate->memory_needed <= request.memory_limit);
}

static void the_memory_that_a_refusal_names_is_enough() {
    auto engine = shipped();
    const Image large(900, 700);
    Request request{.content = large, .styles = {{.picture = warm}}, .settings = quick(1)};
    auto least = std::numeric_limits<std::uint64_t>::max();
    for (const std::uint64_t limit : {std::uint64_t(4096), std::uint64_t(200) << 20}) {
        request.memory_limit = limit;
        const auto refused = engine.estimate(request);
        CHECK(refused && refused->memory_needed > limit);
        least = std::min(least, refused->memory_needed);
        request.memory_limit = refused->memory_needed;
        const auto estimate = engine.estimate(request);
        CHECK(estimate && estimate->memory_needed <= request.memory_limit);
    }
    request.memory_limit = least;
    CHECK(engine.paint(request).has_value());
}

// The kernel enforces a real limit on this process's address space, in the middle of the painting.
static void when_memory_runs_out_the_tiles_become_smaller() {
#ifdef __SANITIZE_ADDRESS__
    skip_test("the address sanitizer ends a process that finds no memory");
#endif
    auto engine = shipped();
    const auto large = grain(1500, 1200);
    Request request{.content = large, .styles = {{.picture = warm}}, .settings = quick(1)};
    request.memory_limit = std::uint64_t(1) << 40;
    paint(
        engine,
        {.content = photo, .styles = {{.picture = warm}}, .settings = quick(1)}); // threads and kernels exist
    std::ifstream statm("/proc/self/statm");
    std::uint64_t pages = 0;
    statm >> pages;
    rlimit before{};
    getrlimit(RLIMIT_AS, &before);
    const rlimit tight{.rlim_cur = pages * 4096 + (std::uint64_t(900) << 20), .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_AS, &tight);
    std::string notices;
    const auto result = engine.paint(request, [&](const Update& u) { notices += u.notice; });
    setrlimit(RLIMIT_AS, &before);
    if (!result)
        std::fprintf(stderr, "%s\n", result.error().message.c_str());
    CHECK(result && result->width() == 1500);
    CHECK(notices.contains("Memory ran out") && notices.contains("tiles of"));
}

static void bad_input_is_refused_before_the_work_starts() {
    auto engine = shipped();
    const auto settings = quick();
    const std::vector<float> small(100, 1.0f);
    CHECK(refusal(engine, {.content = photo, .styles = {}, .settings = settings}).contains("no style"));
    CHECK(refusal(engine, {.content = photo,
                           .styles = {{.picture = blue, .region = {small.data(), 10, 10}}},
                           .settings = settings})
              .contains("10 x 10"));
    CHECK(refusal(engine, {.content = photo,
                           .styles = {{.picture = blue}},
                           .protect = {small.data(), 10, 10},
                           .settings = settings})
              .contains("10 x 10"));
    CHECK(refusal(engine,
                  {.content = photo, .styles = {{.picture = blue}}, .refine = blue, .settings = settings})
              .contains("128 x 128"));
    auto broken = waves(160, 128, 0.05);
    broken.pixel(77, 99)[1] = std::numeric_limits<float>::quiet_NaN();
    CHECK(refusal(engine, {.content = broken, .styles = {{.picture = blue}}, .settings = settings})
              .contains("not numbers"));
    auto negative = settings;
    negative.blend = {-1};
    refusal(engine, {.content = photo, .styles = {{.picture = blue}}, .settings = negative});
    negative.blend = {1, 1};
    refusal(engine, {.content = photo, .styles = {{.picture = blue}}, .settings = negative});
    auto layers = settings;
    layers.style_layers = {"relu9_9"};
    CHECK(refusal(engine, {.content = photo, .styles = {{.picture = blue}}, .settings = layers})
              .contains("relu5_1"));
    layers.style_layers = {"relu1_1"};
    layers.layer_weights = {1, 2};
    refusal(engine, {.content = photo, .styles = {{.picture = blue}}, .settings = layers});
    auto half = settings;
    half.precision = Precision::float16;
    CHECK(refusal(engine, {.content = photo, .styles = {{.picture = blue}}, .settings = half})
              .contains("bfloat16"));
}

static void detail_brings_the_photos_edges_back() {
    auto engine = shipped();
    auto settings = quick(6);
    const auto content = grain(192, 160);
    const auto distance = [&](double detail) {
        settings.detail = detail;
        const auto result =
            paint(engine, {.content = content, .styles = {{.picture = warm}}, .settings = settings});
        double sum = 0; // of differences between neighbours, of which grain consists
        for (int y = 0; y < 160; ++y)
            for (int x = 0; x + 1 < 192; ++x)
                sum += std::abs((result.pixel(x + 1, y)[1] - result.pixel(x, y)[1]) -
                                (content.pixel(x + 1, y)[1] - content.pixel(x, y)[1]));
        return sum;
    };
    CHECK(distance(1) < 0.8 * distance(0));
}

int controls_tests() {
    return run_tests({TEST(a_style_with_the_whole_share_paints_alone),
                      TEST(each_style_paints_its_own_region),
                      TEST(harmony_gives_each_region_the_palette_of_its_style),
                      TEST(what_is_not_seen_of_a_style_is_not_painted),
                      TEST(a_style_of_which_nothing_is_seen_is_refused),
                      TEST(what_is_protected_stays),
                      TEST(seamless_borders_continue_each_other),
                      TEST(a_texture_does_not_depend_on_the_content),
                      TEST(refining_goes_on_from_the_painting_at_full_size),
                      TEST(snapshots_come_every_so_many_steps),
                      TEST(losses_are_told_for_every_step),
                      TEST(matched_colours_come_from_the_photo_before_painting),
                      TEST(the_classic_program_says_which_layers_it_takes),
                      TEST(every_loss_and_pooling_paints),
                      TEST(a_painting_is_given_as_much_of_the_styles_grain_as_is_asked_for),
                      TEST(an_early_stop_takes_fewer_steps),
                      TEST(bfloat16_reaches_the_losses_of_float32),
                      TEST(a_photo_held_in_integers_paints_as_its_floats_do),
                      TEST(a_limit_makes_tiles_and_paints_the_same),
                      TEST(styles_are_counted_as_large_as_they_are_laid_out),
                      TEST(a_limit_cuts_large_styles_too_and_paints_the_same),
                      TEST(tiles_leave_no_seams),
                      TEST(too_small_a_limit_names_what_would_fit),
                      TEST(the_memory_that_a_refusal_names_is_enough),
                      TEST(when_memory_runs_out_the_tiles_become_smaller),
                      TEST(bad_input_is_refused_before_the_work_starts),
                      TEST(detail_brings_the_photos_edges_back)});
}
