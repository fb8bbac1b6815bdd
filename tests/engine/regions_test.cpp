// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "regions.hpp"

#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

torch::Tensor left_half(double value = 1) {
    auto mask = torch::zeros({1, 1, 4, 8});
    mask.narrow(3, 0, 4).fill_(value);
    return mask;
}

} // namespace

static void without_regions_every_style_paints_everywhere() {
    for (const auto& place : style_places({{}, {}}, {}))
        CHECK(!place.defined());
}

static void a_style_without_a_region_paints_what_the_others_leave() {
    const auto places = style_places({left_half(0.75), {}}, {});
    CHECK(places[0].allclose(left_half(0.75).view({4, 8})));
    CHECK(places[1].allclose(1 - left_half(0.75).view({4, 8})));
}

static void overlapping_regions_share() {
    const auto places = style_places({left_half(), torch::ones({1, 1, 4, 8})}, {});
    CHECK_NEAR(places[0].index({0, 0}).item<double>(), 0.5, 1e-6);
    CHECK_NEAR(places[1].index({0, 0}).item<double>(), 0.5, 1e-6);
    CHECK_NEAR(places[1].index({0, 7}).item<double>(), 1, 1e-6);
}

static void styles_without_a_region_have_one_place() {
    const auto places = style_places({{}, left_half(), {}}, {});
    CHECK(places[0].is_same(places[2]));
}

static void nothing_is_painted_where_the_picture_is_protected() {
    const auto places = style_places({left_half(), {}}, torch::ones({1, 1, 4, 8}) - left_half(0.5));
    CHECK(places[1].abs().max().item<double>() == 0); // fully protected on the right
    CHECK_NEAR(places[0].index({0, 0}).item<double>(), 0.5, 1e-6);
}

int regions_tests() {
    return run_tests({TEST(without_regions_every_style_paints_everywhere),
                      TEST(a_style_without_a_region_paints_what_the_others_leave),
                      TEST(overlapping_regions_share), TEST(styles_without_a_region_have_one_place),
                      TEST(nothing_is_painted_where_the_picture_is_protected)});
}
