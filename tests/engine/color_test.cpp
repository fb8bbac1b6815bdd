// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "color.hpp"
#include "engine_tests.hpp"

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

static void the_paintings_lightness_is_kept() {
    const auto painting = picture(1), content = picture(2);
    auto result = painting.clone();
    keep_colors(result, content);
    CHECK(luma(result).allclose(luma(painting), 0, 1e-5));
}

static void the_contents_chroma_is_kept() {
    const auto painting = picture(1), content = picture(2);
    auto result = painting.clone();
    keep_colors(result, content);
    CHECK((result - luma(result).unsqueeze(1)).allclose(content - luma(content).unsqueeze(1), 0, 1e-5));
}

static void the_palette_has_the_styles_mean_and_covariance() {
    const auto style =
        torch::cat({picture(3).narrow(1, 0, 1), picture(4).narrow(1, 0, 2) * 0.5}, 1).contiguous();
    const auto result = with_palette_of(picture(5), style);
    const auto a = result.view({3, -1}), b = style.view({3, -1});
    CHECK(a.mean(1).allclose(b.mean(1), 0, 1e-3));
    CHECK(torch::cov(a).allclose(torch::cov(b), 0, 2e-4));
}

namespace {

// Black letters on white: lines of one pixel in the middle of an even picture.
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
    // The upper part alone comes out the same, though its bands end elsewhere.
    auto whole = strokes.clone();
    keep_detail(whole, content, 0.5);
    auto part = strokes.narrow(2, 100, 600).contiguous();
    keep_detail(part, content.narrow(2, 100, 600).contiguous(), 0.5);
    CHECK((whole.narrow(2, 200, 500) - part.narrow(2, 100, 500)).abs().max().item<double>() < 1e-5);
}

static void flat_colours_do_not_blow_up() {
    const auto flat = torch::full({1, 3, 8, 8}, 0.25);
    CHECK(with_palette_of(flat, picture(6)).isfinite().all().item<bool>());
    CHECK(with_palette_of(picture(6), flat).allclose(flat.mean().expand({1, 3, 20, 30}), 0, 2e-2));
}

int color_tests() {
    return run_tests({TEST(the_paintings_lightness_is_kept), TEST(the_contents_chroma_is_kept),
                      TEST(the_palette_has_the_styles_mean_and_covariance), TEST(flat_colours_do_not_blow_up),
                      TEST(detail_brings_back_what_the_content_has_and_leaves_strokes_elsewhere),
                      TEST(no_detail_changes_nothing_and_bands_leave_no_trace)});
}
