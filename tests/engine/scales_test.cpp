// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "scales.hpp"

using namespace neural_style;
using namespace tests;

static void the_last_scale_has_exactly_the_size_asked_for() {
    for (const auto& [width, height] :
         {std::pair{1024, 683}, {16, 16}, {6000, 4000}, {30000, 100}, {129, 4001}}) {
        const auto scales = plan_scales(width, height, Quality::fine, {});
        CHECK(scales.back().width == width && scales.back().height == height);
    }
}

static void scales_grow_by_the_square_root_of_two() {
    const auto scales = plan_scales(1024, 1024, Quality::fine, {});
    CHECK(scales.size() == 8);
    CHECK(scales.front().width == 128);
    for (std::size_t i = 2; i < scales.size(); ++i)
        CHECK_NEAR(scales[i].pixels() / scales[i - 1].pixels(), 2, 0.05);
}

static void a_small_painting_is_a_step_on_the_way_to_a_large_one() {
    const auto small = plan_scales(512, 341, Quality::fine, {}),
               large = plan_scales(6000, 4000, Quality::fine, {});
    for (std::size_t i = 0; i + 1 < small.size(); ++i) {
        CHECK_NEAR(small[i].width, large[i].width, 1);
        CHECK_NEAR(small[i].height, large[i].height, 1);
        CHECK(small[i].iterations == large[i].iterations);
    }
}

static void a_films_frame_has_one_scale_for_new_strokes_and_the_last() {
    for (const int side : {300, 500, 2000}) {
        const auto anew = plan_scales(side, side, Quality::fine, {}),
                   frame = plan_scales(side, side, Quality::fine, {}, Begin::motion);
        CHECK(frame.size() <= 2);
        CHECK(frame.back().width == side && frame.back().iterations < anew.back().iterations);
        CHECK(frame.size() == 1 || (frame.front().width > 200 && frame.front().width < 300));
    }
    CHECK(plan_scales(64, 64, Quality::fine, {}, Begin::motion).size() == 1);
}

static void no_two_scales_are_nearly_equal() {
    for (const int side : {130, 180, 500, 530, 700, 1000, 1040})
        if (const auto scales = plan_scales(side, side, Quality::fine, {}); scales.size() > 2)
            CHECK(scales.back().width > 1.15 * scales[scales.size() - 2].width);
}

static void thin_pictures_stay_wide_enough_at_every_scale() {
    for (const auto& scale : plan_scales(30000, 100, Quality::fine, {}))
        CHECK(scale.height >= 64);
}

static void the_coarsest_scale_is_walked_in_two_legs() {
    const auto scales = plan_scales(300, 300, Quality::fine, {});
    CHECK(scales[0].width == scales[1].width && scales[1].width < scales[2].width);
    CHECK(scales[0].iterations == scales[1].iterations);
}

static void small_pictures_have_one_scale() {
    CHECK(plan_scales(100, 80, Quality::fine, {}).size() == 1);
}

static void better_quality_means_more_steps_at_every_scale() {
    const auto draft = plan_scales(700, 500, Quality::draft, {}),
               fine = plan_scales(700, 500, Quality::fine, {}),
               print = plan_scales(700, 500, Quality::print, {});
    for (std::size_t i = 0; i < fine.size(); ++i)
        CHECK(draft[i].iterations < fine[i].iterations && fine[i].iterations < print[i].iterations);
}

static void print_takes_at_least_five_steps_at_full_size() {
    CHECK(plan_scales(7000, 7000, Quality::print, {}).back().iterations >= 5);
}

static void a_painting_that_is_there_already_needs_no_coarse_scales() {
    const auto anew = plan_scales(1024, 1024, Quality::fine, {}),
               instant = plan_scales(1024, 1024, Quality::fine, {}, Begin::instant),
               painting = plan_scales(1024, 1024, Quality::fine, {}, Begin::painting);
    CHECK(anew.size() == 8 && instant.size() == 5 && painting.size() == 1);
    CHECK(instant.front().width == 256 && painting.back().width == 1024);
    CHECK(plan_scales(100, 80, Quality::fine, {}, Begin::instant).size() == 1);
}

static void iterations_are_those_of_the_last_scale() {
    const auto scales = plan_scales(1024, 1024, Quality::fine, 7);
    CHECK(scales.back().iterations == 7);
    CHECK(scales.front().iterations > 7);
    for (const auto& scale : plan_scales(1024, 1024, Quality::fine, 1))
        CHECK(scale.iterations >= 1);
}

int scales_tests() {
    return run_tests(
        {TEST(the_last_scale_has_exactly_the_size_asked_for), TEST(scales_grow_by_the_square_root_of_two),
         TEST(a_small_painting_is_a_step_on_the_way_to_a_large_one),
         TEST(a_films_frame_has_one_scale_for_new_strokes_and_the_last), TEST(no_two_scales_are_nearly_equal),
         TEST(thin_pictures_stay_wide_enough_at_every_scale), TEST(the_coarsest_scale_is_walked_in_two_legs),
         TEST(small_pictures_have_one_scale), TEST(better_quality_means_more_steps_at_every_scale),
         TEST(print_takes_at_least_five_steps_at_full_size),
         TEST(a_painting_that_is_there_already_needs_no_coarse_scales),
         TEST(iterations_are_those_of_the_last_scale)});
}
