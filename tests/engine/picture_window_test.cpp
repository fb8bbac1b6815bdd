// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "picture_window.hpp"
#include "tensor.hpp"

#include <algorithm>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

Image ramp(int width, int height) {
    Image image(width, height);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < 3; ++c)
                image.pixel(x, y)[c] = float(x + 10 * y + 100 * c) / 400;
    return image;
}

Tile tile(int left, int top, int width, int height) {
    return {{.own = std::max(0, left), .own_length = width, .seen = left, .seen_length = width},
            {.own = std::max(0, top), .own_length = height, .seen = top, .seen_length = height}};
}

} // namespace

static void a_window_shows_the_pixels_of_its_place() {
    const auto picture = ramp(20, 10);
    const auto seen = window(picture, tile(3, 2, 5, 4), Beyond::mirrored);
    CHECK((seen.sizes() == std::vector<std::int64_t>{1, 3, 4, 5}));
    CHECK(seen.equal(to_tensor(picture, torch::kCPU).narrow(2, 2, 4).narrow(3, 3, 5)));
}

static void beyond_the_border_pictures_are_mirrored_or_begin_again() {
    const Span span{.own = 0, .own_length = 3, .seen = -4, .seen_length = 11};
    CHECK((seen_pixels(span, 3, Beyond::mirrored) ==
           std::vector<std::int64_t>{0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2}));
    CHECK((seen_pixels(span, 3, Beyond::again) == std::vector<std::int64_t>{2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0}));
    CHECK((seen_pixels(span, 1, Beyond::mirrored) == std::vector<std::int64_t>(11, 0)));
}

static void samples_are_seen_as_the_floats_that_they_stand_for() {
    for (const auto sample : {Sample::u8, Sample::u16}) {
        const auto samples = packed(ramp(90, 60), sample);
        const auto floats = unpacked(samples);
        for (const auto beyond : {Beyond::mirrored, Beyond::again})
            CHECK(window(samples, tile(-4, 50, 20, 30), beyond)
                      .equal(window(floats, tile(-4, 50, 20, 30), beyond)));
        for (const Size size : {Size{80, 50}, Size{9, 7}})
            CHECK(reduced(samples, size).equal(reduced(floats, size)));
    }
}

static void values_outside_0_to_1_are_seen_clamped() {
    Image picture(16, 16);
    std::ranges::fill(picture.span(), 7.0f);
    picture.pixel(1, 1)[0] = -3;
    const auto seen = window(picture, tile(0, 0, 16, 16), Beyond::mirrored);
    CHECK(seen.max().item<float>() == 1 && seen.min().item<float>() == 0);
}

static void weights_are_cut_like_pictures() {
    const auto weights = torch::rand({10, 20});
    const auto part = tile(-2, 5, 8, 9);
    Image picture(20, 10);
    for (int y = 0; y < 10; ++y)
        for (int x = 0; x < 20; ++x)
            picture.pixel(x, y)[0] = weights[y][x].item<float>();
    for (const auto beyond : {Beyond::mirrored, Beyond::again})
        CHECK(window(weights, part, beyond).equal(window(picture, part, beyond)[0][0]));
}

static void enlarged_parts_are_parts_of_the_enlarged() {
    const auto small = ramp(12, 9);
    const Size size{40, 31};
    const auto whole = enlarged_window(small, size, tile(0, 0, 40, 31), Beyond::mirrored);
    const auto part = enlarged_window(small, size, tile(7, 11, 20, 15), Beyond::mirrored);
    CHECK(part.equal(whole.narrow(2, 11, 15).narrow(3, 7, 20)));
    // A ramp remains one, away from the border, and equals LibTorch's interpolation except for another
    // constant.
    const auto expected =
        torch::upsample_bilinear2d(to_tensor(small, torch::kCPU), {31, 40}, /*align_corners=*/false);
    CHECK(whole.narrow(2, 8, 12).narrow(3, 8, 20).allclose(expected.narrow(2, 8, 12).narrow(3, 8, 20), 0, 1e-5));
}

static void enlarged_pictures_begin_again_without_a_step() {
    Image small(16, 8);
    for (int y = 0; y < 8; ++y)
        for (int x = 0; x < 16; ++x)
            small.pixel(x, y)[0] = float(0.5 + 0.4 * std::sin(2 * 3.14159265 * x / 16));
    const auto seen = enlarged_window(small, {64, 32}, tile(-8, 0, 80, 32), Beyond::again);
    CHECK(seen.narrow(3, 0, 16).equal(seen.narrow(3, 64, 16)));
    CHECK((seen.narrow(3, 1, 79) - seen.narrow(3, 0, 79)).abs().max().item<double>() < 0.05);
}

static void own_pixels_are_put_where_they_belong() {
    Image target(10, 6);
    const auto values = torch::rand({1, 3, 8, 8});
    const Tile part{{.own = 4, .own_length = 8, .seen = 2, .seen_length = 8},
                    {.own = 2, .own_length = 3, .seen = 0, .seen_length = 8}};
    put(values, part, target);
    CHECK(target.pixel(4, 2)[1] == values[0][1][2][2].item<float>());
    CHECK(target.pixel(9, 4)[2] == values[0][2][4][7].item<float>());
    CHECK(target.pixel(3, 2)[0] == 0 && target.pixel(4, 1)[0] == 0 && target.pixel(9, 5)[0] == 0);
}

static void samples_lie_within_the_picture_and_have_about_the_pixels_wanted() {
    for (const Size size : {Size{3000, 2000}, Size{9000, 300}, Size{1037, 5011}}) {
        double pixels = 0;
        for (const auto& part : samples(size, 16, 1e6)) {
            pixels += part.seen_pixels();
            for (const auto& [span, length] : {std::pair(part.across, size.width), std::pair(part.down, size.height)})
                CHECK(span.own >= 0 && span.own + span.own_length <= length && span.own_length % 16 == 0 &&
                      span.seen == span.own && span.seen_length == span.own_length);
        }
        CHECK(pixels > 0.6e6 && pixels < 1.3e6);
    }
    CHECK(samples({500, 300}, 16, 1e6).size() == 1);
}

static void a_reduced_picture_keeps_its_mean_and_its_places() {
    const auto picture = ramp(203, 117);
    const auto small = reduced(picture, {20, 12});
    CHECK((small.sizes() == std::vector<std::int64_t>{1, 3, 12, 20}));
    const auto whole = resized(to_tensor(picture, torch::kCPU), 20, 12);
    CHECK_NEAR(small.mean().item<double>(), whole.mean().item<double>(), 2e-3);
    CHECK((small - whole).abs().max().item<double>() < 0.03);
}

int picture_window_tests() {
    return run_tests({TEST(a_window_shows_the_pixels_of_its_place),
                      TEST(beyond_the_border_pictures_are_mirrored_or_begin_again),
                      TEST(samples_are_seen_as_the_floats_that_they_stand_for),
                      TEST(values_outside_0_to_1_are_seen_clamped), TEST(weights_are_cut_like_pictures),
                      TEST(enlarged_parts_are_parts_of_the_enlarged),
                      TEST(enlarged_pictures_begin_again_without_a_step),
                      TEST(own_pixels_are_put_where_they_belong),
                      TEST(samples_lie_within_the_picture_and_have_about_the_pixels_wanted),
                      TEST(a_reduced_picture_keeps_its_mean_and_its_places)});
}
