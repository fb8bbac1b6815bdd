// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "preview_settings.hpp"

#include <cmath>

using namespace neural_style;
using namespace neural_style::plugin;

namespace {

/// How large the engine will lay the style out, in shares of the part's side: what strokes look like.
double style_share(const Settings& settings, double width, double height, double style_side) {
    const double longest = std::max(width, height);
    const double painted =
        settings.size_limit > 0 && settings.size_limit < longest ? settings.size_limit / longest : 1;
    const double side = painted * std::sqrt(width * height);
    return settings.stroke_size / 100 * std::min(side, style_side) / side;
}

void the_whole_layer_as_it_is_keeps_its_settings() {
    Settings settings;
    settings.stroke_size = 150;
    settings.size_limit = 100;
    CHECK(settings_for_part(settings, {.layer_width = 400,
                                       .layer_height = 300,
                                       .part = {0, 0, 400, 300},
                                       .width = 400,
                                       .height = 300,
                                       .style_side = 200,
                                       .given_style_side = 200}) == settings);
}

void a_small_copy_has_the_strokes_of_the_layer() {
    for (const int limit : {0, 1000, 300})
        for (const double style : {200.0, 1000.0, 8000.0}) {
            Settings settings;
            settings.stroke_size = 120;
            settings.size_limit = limit;
            const auto small = settings_for_part(settings, {.layer_width = 4000,
                                                            .layer_height = 3000,
                                                            .part = {0, 0, 4000, 3000},
                                                            .width = 512,
                                                            .height = 384,
                                                            .style_side = style,
                                                            .given_style_side = std::min(style, 700.0)});
            CHECK_NEAR(style_share(small, 512, 384, std::min(style, 700.0)),
                       style_share(settings, 4000, 3000, style), 0.01);
        }
}

void a_detail_at_full_size_has_strokes_of_the_same_pixels() {
    Settings settings;
    const auto detail = settings_for_part(settings, {.layer_width = 4000,
                                                     .layer_height = 3000,
                                                     .part = {100, 100, 500, 400},
                                                     .width = 500,
                                                     .height = 400,
                                                     .style_side = 1000,
                                                     .given_style_side = 1000});
    const double in_layer = style_share(settings, 4000, 3000, 1000) * std::sqrt(4000.0 * 3000);
    CHECK_NEAR(style_share(detail, 500, 400, 1000) * std::sqrt(500.0 * 400), in_layer, 1);
}

void strokes_stay_within_their_range() {
    Settings settings;
    settings.stroke_size = SettingsRange::stroke_size_max;
    const auto detail = settings_for_part(settings, {.layer_width = 40000,
                                                     .layer_height = 30000,
                                                     .part = {0, 0, 100, 100},
                                                     .width = 100,
                                                     .height = 100,
                                                     .style_side = 9000,
                                                     .given_style_side = 100});
    CHECK(detail.stroke_size == SettingsRange::stroke_size_max);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(the_whole_layer_as_it_is_keeps_its_settings),
        TEST(a_small_copy_has_the_strokes_of_the_layer),
        TEST(a_detail_at_full_size_has_strokes_of_the_same_pixels),
        TEST(strokes_stay_within_their_range),
    });
}
