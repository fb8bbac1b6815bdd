// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "content_hash.hpp"
#include "engine_tests.hpp"
#include "guarded.hpp"
#include "instant.hpp"
#include "oklab.hpp"
#include "random_network.hpp"
#include "tensor.hpp"
#include "test_device.hpp"
#include "test_folder.hpp"
#include "test_network.hpp"
#include "test_pictures.hpp"

#include <neural_style/engine.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

Settings instant() {
    Settings settings;
    settings.quality = Quality::instant;
    settings.precision = Precision::float32;
    return settings;
}

Engine instant_engine() {
    const NetworkFiles files;
    auto engine = Engine::open(
        {.feature_network = files.network, .decoder = files.decoder, .device = test_device_name()});
    CHECK(engine && engine->instant());
    // The decoder is read on first use, and the folder is deleted at the end of this function.
    const Image picture(32, 32);
    CHECK(engine->paint({.content = picture, .styles = {{.picture = picture}}, .settings = instant()}));
    return std::move(*engine);
}

// As many colours and shapes as a photo: regular pictures leave directions of the features empty.
Image scene(int width, int height, unsigned seed = 1) {
    Image image = waves(width, height, 0.07);
    std::minstd_rand random(seed);
    for (int i = 0; i < width * height / 60; ++i) {
        const int left = int(random() % unsigned(width)), top = int(random() % unsigned(height));
        const int size = 2 + int(random() % 12), channel = int(random() % 3);
        const float value = float(random() % 256) / 255;
        for (int y = top; y < std::min(height, top + size); ++y)
            for (int x = left; x < std::min(width, left + size); ++x)
                image.pixel(x, y)[channel] = value;
    }
    return image;
}

const Image photo = scene(90, 70), painting = scene(64, 64, 2), other = waves(64, 64, 0.2, 1);

Image copied(ImageView view) {
    Image image(view.width, view.height);
    std::ranges::copy(view.span(), image.span().begin());
    return image;
}

Image painted(Engine& engine, const Request& request) {
    auto result = engine.paint(request);
    CHECK(result);
    return std::move(*result);
}

// The method itself, with given networks.
struct Bench {
    FeatureNetwork encoder;
    Decoder decoder;
    InstantNetworks networks{encoder, decoder};

    static Bench make() {
        const NetworkFiles files;
        FeatureNetwork encoder(Weights::read(files.network), test_device());
        auto decoder = Decoder(Weights::read(files.decoder), encoder).adapted(test_device(), torch::kFloat32);
        return {std::move(encoder), std::move(decoder)};
    }
    Image paint(const InstantPlan& plan, const Image& content) const {
        StyleStatistics statistics;
        const auto style = to_tensor(painting, torch::kCPU);
        InstantInput input{.content = content, .styles = {{.seen = {style}, .hash = content_hash(style)}}};
        return paint_instant(networks, plan, input, statistics, {[](double, ImageView) {}}, {});
    }
};

} // namespace

static void an_instant_painting_has_the_contents_size_and_valid_values() {
    auto engine = instant_engine();
    for (const auto& content : {waves(90, 70, 0.05), waves(16, 40, 0.3), waves(33, 17, 0.2)}) {
        const auto result =
            painted(engine, {.content = content, .styles = {{.picture = painting}}, .settings = instant()});
        CHECK(result.width() == content.width() && result.height() == content.height());
        CHECK(std::ranges::all_of(result.span(), [](float v) { return v >= 0 && v <= 1; }));
    }
}

static void the_same_request_gives_the_same_pixels_also_from_remembered_statistics() {
    auto engine = instant_engine();
    const Request request{.content = photo, .styles = {{.picture = painting}}, .settings = instant()};
    CHECK(largest_difference(painted(engine, request), painted(engine, request)) == 0);
}

static void styles_strokes_and_statistics_make_a_difference() {
    auto engine = instant_engine();
    const auto with = [&](auto change, const Image& style = painting) {
        auto settings = instant();
        change(settings);
        return painted(engine, {.content = photo, .styles = {{.picture = style}}, .settings = settings});
    };
    const auto plain = with([](Settings&) {});
    CHECK(mean_difference(plain, with([](Settings&) {}, other)) > 1e-3);
    CHECK(mean_difference(plain, with([](Settings& s) { s.stroke_size = 60; })) > 1e-3);
    CHECK(mean_difference(plain, with([](Settings& s) { s.style_loss = StyleLoss::moments; })) > 1e-3);
}

static void strength_0_is_the_photo_to_the_last_bit() {
    auto engine = instant_engine();
    auto settings = instant();
    settings.strength = 0;
    const auto none =
        painted(engine, {.content = photo, .styles = {{.picture = painting}}, .settings = settings});
    CHECK(std::ranges::equal(none.span(), photo.span()));
}

static void the_way_to_strength_0_has_no_step() {
    auto engine = instant_engine();
    auto settings = instant();
    settings.strength = 0.003;
    const auto nearly =
        painted(engine, {.content = photo, .styles = {{.picture = painting}}, .settings = settings});
    CHECK_NEAR(largest_difference(nearly, photo), 0, 0.02);
}

static void more_strength_moves_further() {
    auto engine = instant_engine();
    const auto at = [&](double strength) {
        auto settings = instant();
        settings.strength = strength;
        return painted(engine, {.content = photo, .styles = {{.picture = painting}}, .settings = settings});
    };
    // Below this strength the photo is mixed in: see the_way_to_strength_0_has_no_step.
    const auto little = at(0.3);
    const double half = mean_difference(at(0.6), little), whole = mean_difference(at(1), little);
    CHECK(half > 1e-4 && whole > half);
    CHECK(mean_difference(at(2), at(1)) > 1e-3); // and continues
}

// What the halo and shared statistics are for.
static void tiles_paint_what_the_whole_paints() {
    const auto bench = Bench::make();
    const auto content = scene(400, 300);
    for (const bool wraps : {false, true})
        for (const double strength : {1.0, 0.5}) {
            auto settings = instant();
            settings.seamless = wraps;
            settings.strength = strength;
            auto plan = plan_instant(bench.networks, settings, {400, 300}, {{64, 64}}, {.coarse_side = 100});
            CHECK(plan.stages.size() == 3);
            const auto whole = bench.paint(plan, content);
            for (auto& stage : plan.stages)
                stage.tile_side = 96;
            CHECK_NEAR(largest_difference(bench.paint(plan, content), whole), 0, 1e-3);
        }
}

static void seamless_paintings_move_with_their_content() {
    const auto bench = Bench::make();
    auto settings = instant();
    settings.seamless = true;
    InstantLook look;
    look.noise = 0; // the grain does not move
    const Image content = scene(64, 48);
    Image moved(64, 48);
    const auto move = [](const Image& from, Image& to) {
        for (int y = 0; y < 48; ++y)
            for (int x = 0; x < 64; ++x)
                std::ranges::copy_n(from.pixel((x + 12) % 64, (y + 8) % 48), 3, to.pixel(x, y));
    };
    move(content, moved);
    const auto plan = plan_instant(bench.networks, settings, {64, 48}, {{64, 64}}, look);
    const auto painting = bench.paint(plan, content), of_moved = bench.paint(plan, moved);
    Image moved_painting(64, 48);
    move(painting, moved_painting);
    // Convolutions round differently next to other pixels, by an amount that depends on LibTorch; here a
    // difference in the content's seventh digit becomes one in the fourth digit of single pixels. A visible
    // border would be a hundred times that.
    CHECK_NEAR(mean_difference(moved_painting, of_moved), 0, 1e-4);
    CHECK_NEAR(largest_difference(moved_painting, of_moved), 0, 1e-2);
    CHECK(mean_difference(painting, of_moved) > 0.02);
}

static void protected_parts_are_the_content_itself() {
    auto engine = instant_engine();
    std::vector<float> protect(90 * 70, 0.0f);
    for (int y = 0; y < 70; ++y)
        std::fill_n(protect.begin() + y * 90, 30, 1.0f);
    const auto result = painted(engine, {.content = photo,
                                         .styles = {{.picture = painting}},
                                         .protect = {protect.data(), 90, 70},
                                         .settings = instant()});
    double inside = 0, outside = 0;
    for (int y = 0; y < 70; ++y)
        for (int x = 0; x < 90; ++x)
            for (int c = 0; c < 3; ++c)
                (x < 30 ? inside : outside) += std::abs(result.pixel(x, y)[c] - photo.pixel(x, y)[c]);
    CHECK(inside < 1e-3 && outside > 10);
}

static void a_region_paints_its_own_style_where_it_lies() {
    auto engine = instant_engine();
    std::vector<float> left(90 * 70, 0.0f), right(90 * 70, 1.0f);
    for (int y = 0; y < 70; ++y) {
        std::fill_n(left.begin() + y * 90, 45, 1.0f);
        std::fill_n(right.begin() + y * 90, 45, 0.0f);
    }
    const auto with = [&](const Image& on_the_left) {
        return painted(engine, {.content = photo,
                                .styles = {{.picture = on_the_left, .region = {left.data(), 90, 70}},
                                           {.picture = painting, .region = {right.data(), 90, 70}}},
                                .settings = instant()});
    };
    const auto a = with(painting), b = with(other);
    double on_the_left = 0, far_right = 0;
    for (int y = 0; y < 70; ++y)
        for (int c = 0; c < 3; ++c) {
            on_the_left += std::abs(a.pixel(10, y)[c] - b.pixel(10, y)[c]);
            far_right += std::abs(a.pixel(88, y)[c] - b.pixel(88, y)[c]);
        }
    CHECK(on_the_left > 1 && far_right < 0.2 * on_the_left);
}

static void shares_of_one_style_alone_paint_that_style() {
    auto engine = instant_engine();
    auto settings = instant();
    const auto alone =
        painted(engine, {.content = photo, .styles = {{.picture = painting}}, .settings = settings});
    settings.blend = {1, 0};
    const auto both = painted(
        engine,
        {.content = photo, .styles = {{.picture = painting}, {.picture = other}}, .settings = settings});
    CHECK_NEAR(largest_difference(alone, both), 0, 1e-5);
    settings.blend = {1, 1};
    const auto mixed = painted(
        engine,
        {.content = photo, .styles = {{.picture = painting}, {.picture = other}}, .settings = settings});
    CHECK(mean_difference(alone, mixed) > 1e-3);
}

static void degenerate_styles_and_contents_paint_valid_pictures() {
    auto engine = instant_engine();
    Image flat(40, 40), two_colors(40, 40), black(40, 40);
    std::ranges::fill(flat.span(), 0.3f);
    for (std::size_t i = 0; i < two_colors.span().size(); ++i)
        two_colors.span()[i] = i < two_colors.span().size() / 2 ? 0.1f : 0.9f;
    Image tiny = waves(16, 16, 1);
    for (const Image* style :
         std::initializer_list<const Image*>{&flat, &two_colors, &black, &tiny, &painting})
        for (const Image* content : std::initializer_list<const Image*>{&photo, &flat, &black})
            for (const auto loss : {StyleLoss::gaussian, StyleLoss::moments}) {
                auto settings = instant();
                settings.style_loss = loss;
                const auto result = painted(
                    engine, {.content = *content, .styles = {{.picture = *style}}, .settings = settings});
                CHECK(std::ranges::all_of(result.span(), [](float v) { return v >= 0 && v <= 1; }));
            }
}

static void content_colours_keep_the_photos_hue_and_chroma() {
    auto engine = instant_engine();
    auto settings = instant();
    settings.colors = Colors::content;
    const auto result =
        painted(engine, {.content = photo, .styles = {{.picture = painting}}, .settings = settings});
    const auto there = to_oklab(to_tensor(result, torch::kCPU)),
               wanted = to_oklab(to_tensor(photo, torch::kCPU));
    int kept = 0;
    for (std::size_t i = 0; i < photo.span().size(); i += 3) {
        const auto r = result.span().subspan(i, 3);
        if (std::ranges::any_of(r, [](float v) { return v < 1e-3 || v > 1 - 1e-3; }))
            continue; // sRGB may have no such colour at that lightness
        const auto x = std::int64_t(i / 3) % photo.width(), y = std::int64_t(i / 3) / photo.width();
        for (const int axis : {1, 2})
            CHECK_NEAR(there[0][axis][y][x].item<double>(), wanted[0][axis][y][x].item<double>(), 1e-3);
        ++kept;
    }
    CHECK(kept > 500);
}

static void a_texture_shows_nothing_of_the_content() {
    auto engine = instant_engine();
    auto settings = instant();
    settings.texture = true;
    const auto a =
        painted(engine, {.content = photo, .styles = {{.picture = painting}}, .settings = settings});
    const auto b = painted(
        engine, {.content = waves(90, 70, 0.4), .styles = {{.picture = painting}}, .settings = settings});
    CHECK(largest_difference(a, b) == 0);
    settings.seed = 7;
    CHECK(mean_difference(a, painted(engine, {.content = photo,
                                              .styles = {{.picture = painting}},
                                              .settings = settings})) > 1e-3);
}

static void the_size_limit_bounds_the_longest_side() {
    auto engine = instant_engine();
    auto settings = instant();
    settings.size_limit = 45;
    const auto result =
        painted(engine, {.content = photo, .styles = {{.picture = painting}}, .settings = settings});
    CHECK(result.width() == 45 && result.height() == 35);
}

static void a_thin_picture_keeps_its_shape_under_the_size_limit() {
    auto engine = instant_engine();
    auto settings = instant();
    settings.size_limit = 48;
    const auto result = painted(
        engine, {.content = waves(480, 32, 0.1), .styles = {{.picture = painting}}, .settings = settings});
    CHECK(result.width() == 48 && result.height() == 3);
}

static void progress_ends_at_one_with_a_preview() {
    auto engine = instant_engine();
    double before = 0;
    int previews = 0;
    CHECK(engine.paint({.content = photo, .styles = {{.picture = painting}}, .settings = instant()},
                       [&](const Update& update) {
                           CHECK(update.fraction >= before && update.fraction <= 1);
                           before = update.fraction;
                           previews += update.preview.empty() ? 0 : 1;
                       }));
    CHECK(before == 1 && previews >= 1);
}

static void cancel_works_at_any_moment() {
    auto engine = instant_engine();
    const auto large = waves(1500, 1200, 0.1);
    for (const double moment : {0.0, 0.3, 0.9}) {
        std::stop_source source;
        const auto result = engine.paint(
            {.content = large, .styles = {{.picture = painting}}, .settings = instant()},
            [&](const Update& update) {
                if (update.fraction >= moment)
                    source.request_stop();
            },
            source.get_token());
        CHECK(!result && result.error().code == ErrorCode::cancelled);
    }
}

static void without_a_decoder_instant_gets_a_sentence_and_the_rest_works() {
    const NetworkFiles files;
    Settings two_steps;
    two_steps.iterations = 2;
    for (const auto& decoder : {std::filesystem::path(), files.folder.path / "nowhere"}) {
        auto engine = Engine::open(
            {.feature_network = files.network, .decoder = decoder, .device = test_device_name()});
        CHECK(engine && !engine->instant());
        const auto result =
            engine->paint({.content = photo, .styles = {{.picture = painting}}, .settings = instant()});
        CHECK(!result && result.error().code == ErrorCode::bad_weights &&
              result.error().message.ends_with('.'));
        CHECK(engine->paint({.content = photo, .styles = {{.picture = painting}}, .settings = two_steps}));
    }
}

static void a_foreign_or_broken_decoder_gets_a_sentence() {
    const NetworkFiles files;
    write_random_decoder(files.decoder, files.network, 1, "0123456789abcdef");
    auto engine = Engine::open(
        {.feature_network = files.network, .decoder = files.decoder, .device = test_device_name()});
    CHECK(engine);
    const Request request{.content = photo, .styles = {{.picture = painting}}, .settings = instant()};
    auto result = engine->paint(request);
    CHECK(!result && result.error().code == ErrorCode::bad_weights);
    std::ofstream(files.decoder) << "this is not a network";
    result = engine->paint(request);
    CHECK(!result && result.error().code == ErrorCode::bad_weights && result.error().message.ends_with('.'));
    CHECK(!engine->estimate(request));
}

static void a_painting_to_go_on_from_is_refused() {
    auto engine = instant_engine();
    const auto result = engine.paint(
        {.content = photo, .styles = {{.picture = painting}}, .refine = photo, .settings = instant()});
    CHECK(!result && result.error().code == ErrorCode::invalid_request);
}

static void a_photo_held_in_integers_paints_as_its_floats_do() {
    auto engine = instant_engine();
    const auto held = packed(photo, Sample::u8);
    const auto floats = unpacked(held);
    const auto of = [&](SamplesView content) {
        return painted(engine,
                       {.content = content, .styles = {{.picture = painting}}, .settings = instant()});
    };
    CHECK(largest_difference(of(held), of(floats)) == 0);
    // It is never there as floats, too.
    const auto needed = [&](SamplesView content) {
        return engine
            .estimate({.content = content, .styles = {{.picture = painting}}, .settings = instant()})
            ->memory_needed;
    };
    CHECK(needed(floats) - needed(held) == floats.span().size_bytes() - held.bytes.size());
}

static void the_estimate_grows_with_the_pixels_and_stays_within_the_limit_in_tiles() {
    auto engine = instant_engine();
    const auto of = [&](int side, std::uint64_t limit = 0) {
        const auto result = engine.estimate({.content = {nullptr, side, side},
                                             .styles = {{.picture = {nullptr, 256, 256}}},
                                             .settings = instant(),
                                             .memory_limit = limit});
        CHECK(result && result->memory_needed > 0 && result->time_needed > 0);
        return *result;
    };
    const auto small = of(256), large = of(4000);
    CHECK(small.tiles == 1 && large.tiles > 4);
    CHECK(large.memory_needed > small.memory_needed && large.time_needed > small.time_needed);
    const std::uint64_t limit = large.memory_needed - large.memory_needed / 20;
    const auto bounded = of(4000, limit);
    CHECK(bounded.memory_needed <= limit && bounded.tiles > large.tiles);
}

static void too_little_memory_is_refused_with_the_figures() {
    const NetworkFiles files;
    auto engine = Engine::open({.feature_network = files.network,
                                .decoder = files.decoder,
                                .device = test_device_name(),
                                .memory_limit = 300u << 20});
    const Image large(3000, 3000);
    const auto result =
        engine->paint({.content = large, .styles = {{.picture = painting}}, .settings = instant()});
    CHECK(!result && result.error().code == ErrorCode::over_limit &&
          result.error().message.contains("315 MB"));
}

static void an_optimised_painting_shows_first_what_one_pass_paints() {
    auto engine = instant_engine();
    Settings two_steps;
    two_steps.iterations = 2;
    two_steps.precision = Precision::float32;
    Image first;
    CHECK(engine.paint({.content = photo, .styles = {{.picture = painting}}, .settings = two_steps},
                       [&](const Update& update) {
                           if (first.empty() && !update.preview.empty()) {
                               CHECK(update.iteration == 0);
                               first = copied(update.preview);
                           }
                       }));
    CHECK(mean_difference(first, painted(engine, {.content = photo,
                                                  .styles = {{.picture = painting}},
                                                  .settings = instant()})) < 1.0 / 255);
}

static void without_a_first_look_the_painting_goes_on() {
    const NetworkFiles files;
    std::ofstream(files.decoder) << "this is not a network";
    auto engine = Engine::open(
        {.feature_network = files.network, .decoder = files.decoder, .device = test_device_name()});
    CHECK(engine);
    Settings two_steps;
    two_steps.iterations = 2;
    std::string notices;
    int previews = 0;
    const auto result =
        engine->paint({.content = photo, .styles = {{.picture = painting}}, .settings = two_steps},
                      [&](const Update& update) {
                          notices += update.notice;
                          previews += update.preview.empty() ? 0 : 1;
                      });
    CHECK(result && previews > 0);
    CHECK(notices.contains(files.decoder.string()));
}

static void a_first_look_that_finds_no_memory_is_left_out() {
    const NetworkFiles files;
    auto engine = Engine::open(
        {.feature_network = files.network, .decoder = files.decoder, .device = test_device_name()});
    CHECK(engine);
    const Image content = scene(48, 48), large = scene(1800, 1500);
    Request request{.content = content, .styles = {{.picture = large}}};
    request.settings.iterations = 1;
    request.settings.precision = Precision::float32;
    const auto optimised = engine->estimate(request);
    request.settings.quality = Quality::instant;
    const auto one_pass = engine->estimate(request);
    CHECK(optimised && one_pass && optimised->memory_needed < one_pass->memory_needed);
    request.settings.quality = Quality::draft;
    request.memory_limit = optimised->memory_needed;
    const auto result = engine->paint(request, [](const Update&) {});
    CHECK(result);
}

static void a_cancel_during_the_first_look_ends_the_painting() {
    auto engine = instant_engine();
    std::stop_source source;
    bool painted = false;
    Settings settings;
    settings.iterations = 2;
    const auto result = engine.paint(
        {.content = photo, .styles = {{.picture = painting}}, .settings = settings},
        [&](const Update& update) {
            painted |= update.stage == Stage::painting;
            source.request_stop();
        },
        source.get_token());
    CHECK(!result && result.error().code == ErrorCode::cancelled && !painted);
}

static void enlarged_styles_are_counted_and_cut_to_fit() {
    const NetworkFiles files;
    auto engine = Engine::open(
        {.feature_network = files.network, .decoder = files.decoder, .device = test_device_name()});
    CHECK(engine);
    const Image content = scene(90, 70), style = scene(500, 500);
    Request request{.content = content, .styles = {{.picture = style}}, .settings = instant()};
    const auto plain = engine->estimate(request);
    request.settings.stroke_size = 600;
    const auto larger = engine->estimate(request);
    CHECK(plain && larger && larger->memory_needed > plain->memory_needed + (10u << 20));
    const auto whole = painted(*engine, request);
    request.memory_limit = (2 * larger->memory_needed + plain->memory_needed) / 3;
    const auto tight = engine->estimate(request);
    CHECK(tight && tight->memory_needed <= request.memory_limit);
    auto other = Engine::open({.feature_network = files.network,
                               .decoder = files.decoder,
                               .device = test_device_name()}); // no cached statistics
    CHECK(other);
    CHECK_NEAR(largest_difference(painted(*other, request), whole), 0, 2e-3);
}

static void an_optimisation_can_begin_with_what_one_pass_paints() {
    auto engine = instant_engine();
    const auto content = scene(420, 300);
    Settings settings;
    settings.iterations = 1;
    settings.start = Start::instant;
    settings.precision = Precision::float32;
    int smallest = content.width();
    const auto of = [&](const Settings& settings) {
        const auto result =
            engine.paint({.content = content, .styles = {{.picture = painting}}, .settings = settings},
                         [&](const Update& update) {
                             if (update.stage == Stage::painting)
                                 smallest = std::min(smallest, update.width);
                         });
        CHECK(result);
        return copied(*result);
    };
    const auto begun = of(settings);
    CHECK(smallest > 200);
    settings.start = Start::content;
    CHECK(mean_difference(begun, of(settings)) > 1e-3);
    CHECK(smallest < 200);
}

static void when_time_is_short_one_pass_paints_and_says_so() {
    auto engine = instant_engine();
    auto hurried = instant();
    hurried.quality = Quality::print;
    hurried.time_limit = 1e-9;
    std::string notice;
    const auto result =
        engine.paint({.content = photo, .styles = {{.picture = painting}}, .settings = hurried},
                     [&](const Update& update) { notice += update.notice; });
    CHECK(result && notice.contains("instant"));
    CHECK(largest_difference(*result, painted(engine, {.content = photo,
                                                       .styles = {{.picture = painting}},
                                                       .settings = instant()})) == 0);
}

static void with_time_enough_the_quality_stays() {
    auto engine = instant_engine();
    Settings patient;
    patient.iterations = 2;
    patient.time_limit = 1e6;
    std::string notices;
    CHECK(engine.paint({.content = photo, .styles = {{.picture = painting}}, .settings = patient},
                       [&](const Update& update) { notices += update.notice; }));
    CHECK(notices.empty());
}

int instant_tests() {
    return run_tests({TEST(an_instant_painting_has_the_contents_size_and_valid_values),
                      TEST(the_same_request_gives_the_same_pixels_also_from_remembered_statistics),
                      TEST(styles_strokes_and_statistics_make_a_difference),
                      TEST(strength_0_is_the_photo_to_the_last_bit),
                      TEST(the_way_to_strength_0_has_no_step),
                      TEST(more_strength_moves_further),
                      TEST(tiles_paint_what_the_whole_paints),
                      TEST(seamless_paintings_move_with_their_content),
                      TEST(protected_parts_are_the_content_itself),
                      TEST(a_region_paints_its_own_style_where_it_lies),
                      TEST(shares_of_one_style_alone_paint_that_style),
                      TEST(degenerate_styles_and_contents_paint_valid_pictures),
                      TEST(content_colours_keep_the_photos_hue_and_chroma),
                      TEST(a_texture_shows_nothing_of_the_content),
                      TEST(the_size_limit_bounds_the_longest_side),
                      TEST(a_thin_picture_keeps_its_shape_under_the_size_limit),
                      TEST(progress_ends_at_one_with_a_preview),
                      TEST(cancel_works_at_any_moment),
                      TEST(without_a_decoder_instant_gets_a_sentence_and_the_rest_works),
                      TEST(a_foreign_or_broken_decoder_gets_a_sentence),
                      TEST(a_painting_to_go_on_from_is_refused),
                      TEST(a_photo_held_in_integers_paints_as_its_floats_do),
                      TEST(the_estimate_grows_with_the_pixels_and_stays_within_the_limit_in_tiles),
                      TEST(too_little_memory_is_refused_with_the_figures),
                      TEST(an_optimised_painting_shows_first_what_one_pass_paints),
                      TEST(without_a_first_look_the_painting_goes_on),
                      TEST(a_first_look_that_finds_no_memory_is_left_out),
                      TEST(a_cancel_during_the_first_look_ends_the_painting),
                      TEST(enlarged_styles_are_counted_and_cut_to_fit),
                      TEST(an_optimisation_can_begin_with_what_one_pass_paints),
                      TEST(when_time_is_short_one_pass_paints_and_says_so),
                      TEST(with_time_enough_the_quality_stays)});
}
