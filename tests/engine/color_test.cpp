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
    CHECK(luma(with_colors_of(painting, content)).allclose(luma(painting), 0, 1e-5));
}

static void the_contents_chroma_is_kept() {
    const auto painting = picture(1), content = picture(2);
    const auto result = with_colors_of(painting, content);
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

static void flat_colours_do_not_blow_up() {
    const auto flat = torch::full({1, 3, 8, 8}, 0.25);
    CHECK(with_palette_of(flat, picture(6)).isfinite().all().item<bool>());
    CHECK(with_palette_of(picture(6), flat).allclose(flat.mean().expand({1, 3, 20, 30}), 0, 2e-2));
}

int color_tests() {
    return run_tests({TEST(the_paintings_lightness_is_kept), TEST(the_contents_chroma_is_kept),
                      TEST(the_palette_has_the_styles_mean_and_covariance),
                      TEST(flat_colours_do_not_blow_up)});
}
