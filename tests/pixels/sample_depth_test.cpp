// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "sample_depth.hpp"

using namespace neural_style;

namespace {

Sample depth_of(const char* format, const char* space = "sRGB") {
    return sample_depth(babl_format_with_space(format, babl_space(space)));
}

void srgb_integers_are_sent_as_they_are() {
    CHECK(depth_of("R'G'B' u8") == Sample::u8);
    CHECK(depth_of("R'G'B'A u8") == Sample::u8);
    CHECK(depth_of("Y' u8") == Sample::u8);
    CHECK(depth_of("Y'A u16") == Sample::u16);
    CHECK(depth_of("R'G'B' u16") == Sample::u16);
}

void the_perceptual_curve_of_srgb_is_the_srgb_curve() {
    CHECK(depth_of("R~G~B~ u8") == Sample::u8);
    CHECK(depth_of("Y~A u16") == Sample::u16);
}

void linear_light_lies_between_the_steps() {
    CHECK(depth_of("RGB u8") == Sample::f32);
    CHECK(depth_of("YA u16") == Sample::f32);
}

void wide_or_floating_samples_need_floats() {
    for (const char* format : {"R'G'B' u32", "R'G'B'A half", "Y' float", "R'G'B' double"})
        CHECK(depth_of(format) == Sample::f32);
}

void other_primaries_need_floats() {
    CHECK(depth_of("R'G'B' u8", "Adobish") == Sample::f32);
    CHECK(depth_of("R'G'B'A u16", "ProPhoto") == Sample::f32);
}

void premultiplied_colours_need_floats() {
    CHECK(depth_of("R'aG'aB'aA u8") == Sample::f32);
}

void indexed_pictures_need_floats() {
    const Babl* indexed = nullptr;
    babl_new_palette("test palette", &indexed, nullptr);
    CHECK(sample_depth(indexed) == Sample::f32);
}

} // namespace

int main() {
    babl_init();
    return tests::run_tests({
        TEST(srgb_integers_are_sent_as_they_are),
        TEST(the_perceptual_curve_of_srgb_is_the_srgb_curve),
        TEST(linear_light_lies_between_the_steps),
        TEST(wide_or_floating_samples_need_floats),
        TEST(other_primaries_need_floats),
        TEST(premultiplied_colours_need_floats),
        TEST(indexed_pictures_need_floats),
    });
}
