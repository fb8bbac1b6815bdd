// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "grain.hpp"
#include "oklab.hpp"

#include <cmath>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

// Mid-range greys and colours with that much variation from pixel to pixel.
torch::Tensor noise(double lightness, double color, int height = 120, int width = 90) {
    torch::manual_seed(7);
    const auto grey = torch::randn({1, 1, height, width}).mul_(lightness);
    return torch::randn({1, 3, height, width}).mul_(color).add_(grey).add_(0.5).clamp_(0.05, 0.95);
}

double ratio(double a, double b) {
    return std::sqrt(a / b);
}

} // namespace

static void an_even_picture_has_no_grain() {
    const auto there = grain(torch::full({1, 3, 30, 40}, 0.4), {}, {});
    for (int i = 0; i < Grain::octaves; ++i)
        CHECK(there.lightness[i] < 1e-9 && there.color[i] < 1e-9);
}

static void grain_goes_with_the_contrast() {
    const auto weak = grain(noise(0.02, 0.01), {}, {}), strong = grain(noise(0.04, 0.02), {}, {});
    for (int i = 0; i < Grain::octaves; ++i) {
        CHECK_NEAR(ratio(strong.lightness[i], weak.lightness[i]), 2, 0.1);
        CHECK_NEAR(ratio(strong.color[i], weak.color[i]), 2, 0.1);
    }
}

static void a_picture_is_given_the_grain_that_is_wanted() {
    // Slightly too uniform in lightness and twice too colourful, as the optimiser leaves a painting.
    const auto wanted = grain(noise(0.05, 0.01), {}, {});
    const auto after = grain(with_grain(noise(0.047, 0.02), wanted, {}, {}), {}, {});
    for (int i = 0; i < Grain::octaves; ++i)
        CHECK_NEAR(ratio(after.lightness[i], wanted.lightness[i]), 1, 0.05);
    CHECK(ratio(after.color[0], wanted.color[0]) < 1); // where specks are visible
    for (int i = 1; i < Grain::octaves; ++i)
        CHECK_NEAR(ratio(after.color[i], wanted.color[i]), 1, 0.1);
}

static void what_is_not_there_is_not_made_up() {
    const auto even = torch::full({1, 3, 50, 50}, 0.4);
    CHECK(with_grain(even, grain(noise(0.1, 0.05), {}, {}), {}, {}).equal(even));
    const auto weak = noise(0.01, 0.002);
    const auto there = grain(weak, {}, {});
    const auto after = grain(with_grain(weak, grain(noise(0.2, 0.1), {}, {}), {}, {}), {}, {});
    CHECK(ratio(after.lightness[0], there.lightness[0]) < 1.2);
}

static void the_share_goes_from_what_is_there_to_what_is_wanted() {
    const auto picture = noise(0.04, 0.02);
    const auto wanted = grain(noise(0.05, 0.01), {}, {});
    CHECK(with_grain(picture, wanted, {.share = 0}, {}).equal(picture));
    const auto before = grain(picture, {}, {}),
               half = grain(with_grain(picture, wanted, {.share = 0.5}, {}), {}, {});
    CHECK(half.lightness[0] > before.lightness[0] && half.lightness[0] < wanted.lightness[0]);
}

static void where_nothing_is_painted_nothing_changes() {
    const auto picture = noise(0.04, 0.02);
    auto where = torch::zeros({1, 1, 120, 90});
    where.narrow(2, 0, 60).fill_(1);
    const auto after = with_grain(picture, grain(noise(0.05, 0.01), {}, {}), {.where = where}, {});
    CHECK(after.narrow(2, 60, 60).equal(picture.narrow(2, 60, 60)));
    CHECK(!after.narrow(2, 0, 60).allclose(picture.narrow(2, 0, 60), 0, 1e-3));
}

static void bands_leave_no_seams() {
    // Two bands and a bit, against the same rows as one band.
    const auto tall = noise(0.04, 0.02, 1300, 900);
    const auto part = tall.narrow(2, 500, 200).contiguous();
    // Both have the same grain, so the factors are nearly equal.
    const auto wanted = grain(noise(0.05, 0.01), {}, {});
    const auto whole = with_grain(tall, wanted, {}, {}).narrow(2, 520, 160);
    CHECK(with_grain(part, wanted, {}, {}).narrow(2, 20, 160).allclose(whole, 0, 5e-3));
}

static void a_picture_that_wraps_has_no_border() {
    const auto picture = noise(0.04, 0.02), wanted_picture = noise(0.05, 0.01);
    const auto wanted = grain(wanted_picture, {.wraps = true}, {});
    const auto moved = with_grain(picture.roll({33, 17}, {2, 3}), wanted, {.wraps = true}, {});
    CHECK(with_grain(picture, wanted, {.wraps = true}, {}).roll({33, 17}, {2, 3}).allclose(moved, 0, 1e-4));
}

static void more_lightness_is_no_more_colour_where_srgb_ends() {
    // Nearly the most colourful orange: lighter ones are paler.
    torch::manual_seed(3);
    const auto orange = torch::tensor({0.98, 0.5, 0.02}).view({1, 3, 1, 1});
    const auto picture = (orange + torch::randn({1, 1, 80, 80}) * 0.02).clamp_(0, 1);
    auto wanted = grain(picture, {}, {});
    const auto before = wanted;
    for (auto& square : wanted.lightness)
        square *= 2;
    const auto after = grain(with_grain(picture, wanted, {}, {}), {}, {});
    CHECK(ratio(after.color[0], before.color[0]) < 1.05);
}

int grain_tests() {
    return run_tests(
        {TEST(an_even_picture_has_no_grain), TEST(grain_goes_with_the_contrast),
         TEST(a_picture_is_given_the_grain_that_is_wanted), TEST(what_is_not_there_is_not_made_up),
         TEST(the_share_goes_from_what_is_there_to_what_is_wanted),
         TEST(where_nothing_is_painted_nothing_changes), TEST(bands_leave_no_seams),
         TEST(a_picture_that_wraps_has_no_border), TEST(more_lightness_is_no_more_colour_where_srgb_ends)});
}
