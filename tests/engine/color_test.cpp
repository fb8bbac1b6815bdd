// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "color.hpp"
#include "engine_tests.hpp"
#include "oklab.hpp"

#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

torch::Tensor picture(std::uint64_t seed) {
    torch::manual_seed(seed);
    return torch::rand({1, 3, 20, 30}) * 0.4 + 0.3; // far enough from the ends that nothing is clipped
}

torch::Tensor luma(const torch::Tensor& p) {
    return 0.299 * p.select(1, 0) + 0.587 * p.select(1, 1) + 0.114 * p.select(1, 2);
}

} // namespace

// One colour per patch, so that no stroke's colour has to become lightness.
static void the_paintings_lightness_and_the_contents_hue_and_chroma_are_kept() {
    torch::manual_seed(1);
    const auto patch = [] {
        return (torch::rand({1, 3, 1, 1}) * 0.2 + 0.4).expand({1, 3, 20, 30}).contiguous();
    };
    const auto painting = patch(), content = patch();
    auto result = painting.clone();
    keep_colors(result, content);
    CHECK(to_oklab(result).select(1, 0).allclose(to_oklab(painting).select(1, 0), 0, 1e-4));
    CHECK(to_oklab(result).narrow(1, 1, 2).allclose(to_oklab(content).narrow(1, 1, 2), 0, 1e-4));
}

static void hue_stays_the_contents_where_srgb_ends() {
    const auto content =
        torch::tensor({0.9f, 0.1f, 0.1f}).view({1, 3, 1, 1}).expand({1, 3, 20, 30}).contiguous();
    auto painting = torch::full({1, 3, 20, 30}, 0.95);
    const auto lightness = to_oklab(painting).select(1, 0);
    keep_colors(painting, content);
    const auto lab = to_oklab(painting), wanted = to_oklab(content);
    CHECK(lab.select(1, 0).allclose(lightness, 0, 1e-3));
    CHECK(torch::atan2(lab.select(1, 2), lab.select(1, 1))
              .allclose(torch::atan2(wanted.select(1, 2), wanted.select(1, 1)), 0, 2e-2));
}

static void strokes_that_differ_in_hue_alone_are_seen_all_the_same() {
    // Stripes of two hues with the same lightness over a grey photo.
    auto lab = torch::zeros({1, 3, 60, 60});
    lab.select(1, 0).fill_(0.6);
    lab.select(1, 1).copy_(((torch::arange(60) / 3).floor() % 2 * 0.16 - 0.08).expand({60, 60}));
    auto painting = from_oklab(lab);
    keep_colors(painting, torch::full({1, 3, 60, 60}, 0.5));
    const auto result = to_oklab(painting);
    CHECK(result.narrow(1, 1, 2).abs().max().item<double>() < 1e-3);
    CHECK(result.select(1, 0).std().item<double>() > 0.02);
    CHECK_NEAR(result.select(1, 0).mean().item<double>(), 0.6, 0.01);
}

static void where_nothing_is_painted_no_colour_changes_a_bit() {
    const auto content = picture(2);
    auto painting = content.clone();
    painting.narrow(3, 20, 10).copy_(picture(1).narrow(3, 20, 10));
    keep_colors(painting, content);
    CHECK(painting.narrow(3, 0, 15).equal(content.narrow(3, 0, 15)));
}

static void harmony_has_the_palettes_colours_under_the_paintings_lightness() {
    const auto painting = torch::full({1, 3, 20, 30}, 0.5), content = picture(2);
    const auto palette = palette_map(content, {{picture(3) * 0.8}});
    auto result = painting.clone();
    harmonize(result, content, {{palette}});
    const auto lab = to_oklab(result), wanted = to_oklab(palette(content));
    CHECK((lab - wanted).narrow(1, 1, 2).abs().mean().item<double>() < 2e-3);
    CHECK_NEAR(lab.select(1, 0).mean().item<double>(), to_oklab(painting).select(1, 0).mean().item<double>(),
               1e-2);
}

static void several_styles_mix_their_palettes_by_their_shares() {
    const auto content = picture(2), a = picture(3) * 0.8, b = picture(4) * 0.6;
    const auto first = with_palette(content, palette_map(content, {{a, 1}, {b, 0}}));
    CHECK(first.allclose(with_palette(content, palette_map(content, {{a}})), 0, 1e-5));
    const auto both = with_palette(content, palette_map(content, {{a, 1}, {b, 1}}));
    CHECK_NEAR(both.mean().item<double>(), (a.mean() + b.mean()).item<double>() / 2, 0.01);
}

namespace {

// Black letters on white: one-pixel lines in the middle of a uniform picture.
torch::Tensor lines() {
    auto page = torch::ones({1, 3, 300, 600});
    page.narrow(2, 100, 100).slice(3, 20, 500, 9).zero_();
    return page;
}

double fine_contrast(const torch::Tensor& picture, int top) {
    const auto rows = luma(picture).narrow(1, top, 60);
    return (rows.narrow(2, 1, 599) - rows.narrow(2, 0, 599)).square().mean().item<double>();
}

} // namespace

static void detail_brings_back_what_the_content_has_and_leaves_strokes_elsewhere() {
    torch::manual_seed(8);
    const auto strokes = torch::rand({1, 3, 300, 600}) * 0.1 + 0.45;
    auto painting = strokes.clone();
    keep_detail(painting, lines(), 1);
    CHECK(fine_contrast(painting, 120) > 0.3 * fine_contrast(lines(), 120));
    CHECK((painting.narrow(2, 240, 60) - strokes.narrow(2, 240, 60)).abs().max().item<double>() < 1e-6);
}

static void no_detail_changes_nothing_and_bands_leave_no_trace() {
    const auto content = torch::rand({1, 3, 700, 40}), strokes = torch::rand({1, 3, 700, 40});
    auto painting = strokes.clone();
    keep_detail(painting, content, 0);
    CHECK(painting.allclose(strokes, 0, 1e-6));
    // The upper part gives the same, though its bands end elsewhere.
    auto whole = strokes.clone();
    keep_detail(whole, content, 0.5);
    auto part = strokes.narrow(2, 100, 600).contiguous();
    keep_detail(part, content.narrow(2, 100, 600).contiguous(), 0.5);
    CHECK((whole.narrow(2, 200, 500) - part.narrow(2, 100, 500)).abs().max().item<double>() < 1e-5);
}

int color_tests() {
    return run_tests({TEST(the_paintings_lightness_and_the_contents_hue_and_chroma_are_kept),
                      TEST(hue_stays_the_contents_where_srgb_ends),
                      TEST(strokes_that_differ_in_hue_alone_are_seen_all_the_same),
                      TEST(where_nothing_is_painted_no_colour_changes_a_bit),
                      TEST(harmony_has_the_palettes_colours_under_the_paintings_lightness),
                      TEST(several_styles_mix_their_palettes_by_their_shares),
                      TEST(detail_brings_back_what_the_content_has_and_leaves_strokes_elsewhere),
                      TEST(no_detail_changes_nothing_and_bands_leave_no_trace)});
}
