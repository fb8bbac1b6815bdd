// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "preview_settings.hpp"

#include <cmath>

using namespace neural_style;
using namespace neural_style::plugin;

namespace {

void the_whole_layer_as_it_is_keeps_its_settings() {
    Settings settings;
    settings.stroke_size = 150;
    settings.size_limit = 100;
    CHECK(settings_for_part(settings, {.layer_width = 400,
                                       .layer_height = 300,
                                       .part = {0, 0, 400, 300},
                                       .width = 400,
                                       .height = 300}) == settings);
}

void a_small_copy_is_painted_with_the_stroke_size_of_the_layer() {
    for (const int limit : {0, 1000, 300}) {
        Settings settings;
        settings.stroke_size = 120;
        settings.size_limit = limit;
        const auto small = settings_for_part(settings, {.layer_width = 4000,
                                                        .layer_height = 3000,
                                                        .part = {0, 0, 4000, 3000},
                                                        .width = 512,
                                                        .height = 384});
        CHECK_NEAR(small.stroke_size, 120, 1e-9);
        CHECK(small.size_limit == (limit == 300 ? 300 : 0));
    }
}

void a_detail_at_full_size_has_strokes_of_the_same_pixels() {
    const auto detail = settings_for_part({}, {.layer_width = 4000,
                                               .layer_height = 3000,
                                               .part = {100, 100, 500, 400},
                                               .width = 500,
                                               .height = 400});
    CHECK_NEAR(detail.stroke_size / 100 * std::sqrt(500.0 * 400), std::sqrt(4000.0 * 3000), 1);
}

void a_trained_style_shows_strokes_as_small_as_they_will_be() {
    Settings settings;
    settings.trained_style = "great-wave";
    const auto small = settings_for_part(
        settings,
        {.layer_width = 2000, .layer_height = 1000, .part = {0, 0, 2000, 1000}, .width = 500, .height = 250});
    CHECK_NEAR(small.stroke_size, 25, 1e-9);
}

void the_size_limit_stays_within_its_range() {
    Settings limited;
    limited.size_limit = 200;
    for (const PartOfLayer& part :
         {PartOfLayer{
              .layer_width = 4000, .layer_height = 3000, .part = {0, 0, 100, 90}, .width = 100, .height = 90},
          PartOfLayer{.layer_width = 8, .layer_height = 8, .part = {0, 0, 8, 8}, .width = 16, .height = 16}})
        CHECK(settings_for_part(limited, part).size_limit == SettingsRange::size_min);
}

void strokes_stay_within_their_range() {
    Settings settings;
    settings.stroke_size = SettingsRange::stroke_size_max;
    const auto detail = settings_for_part(
        settings,
        {.layer_width = 40000, .layer_height = 30000, .part = {0, 0, 100, 100}, .width = 100, .height = 100});
    CHECK(detail.stroke_size == SettingsRange::stroke_size_max);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(the_whole_layer_as_it_is_keeps_its_settings),
        TEST(a_small_copy_is_painted_with_the_stroke_size_of_the_layer),
        TEST(a_detail_at_full_size_has_strokes_of_the_same_pixels),
        TEST(a_trained_style_shows_strokes_as_small_as_they_will_be),
        TEST(the_size_limit_stays_within_its_range),
        TEST(strokes_stay_within_their_range),
    });
}
