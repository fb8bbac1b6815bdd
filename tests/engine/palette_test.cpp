// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "oklab.hpp"
#include "palette.hpp"

#include <cmath>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

// Colours around a centre, far enough from sRGB's limits that nothing bends.
torch::Tensor picture(std::uint64_t seed, double spread = 0.12) {
    torch::manual_seed(seed);
    const auto mix = torch::tensor({{1.0f, 0.4f, 0.1f}, {0.5f, 0.7f, 0.2f}, {0.2f, 0.3f, 0.9f}});
    const auto colors = torch::matmul(mix, torch::rand({3, 600}) - 0.5) * spread + 0.45;
    return colors.view({1, 3, 20, 30});
}

torch::Tensor greys(int steps) {
    return torch::linspace(0, 1, steps).view({1, 1, 1, steps}).expand({1, 3, 1, steps}).contiguous();
}

torch::Tensor lightness(const torch::Tensor& colors) {
    return to_oklab(colors).select(1, 0).reshape({-1});
}

// Dark blues and lemon lights: nothing like grey.
torch::Tensor night() {
    torch::manual_seed(9);
    const auto light = torch::rand({1, 1, 40, 40}).square();
    return torch::cat({light * 0.9, light * 0.8 + 0.05, light * 0.1 + 0.35 * (1 - light)}, 1);
}

PaletteMap between(const torch::Tensor& from, const torch::Tensor& to, double strength = 1) {
    return {statistics_of_colors(from), statistics_of_colors(to), strength};
}

} // namespace

static void mean_and_covariance_become_the_others() {
    const auto from = picture(1), to = picture(2).flip(1) + 0.05;
    const auto there = statistics_of_colors(between(from, to)(from)), wanted = statistics_of_colors(to);
    for (int i = 0; i < 3; ++i) {
        CHECK_NEAR(there.mean[i], wanted.mean[i], 1e-3);
        for (int j = 0; j < 3; ++j)
            CHECK_NEAR(there.covariance[i][j], wanted.covariance[i][j], 5e-5);
    }
}

static void the_own_palette_changes_nothing() {
    const auto here = picture(1);
    CHECK(between(here, here)(here).allclose(here, 0, 2e-3));
}

static void strength_0_changes_no_bit() {
    const auto here = picture(1);
    CHECK(between(here, night(), 0)(here).equal(here));
}

static void what_was_lighter_stays_lighter() {
    for (const auto& other : {night(), picture(3), torch::full({1, 3, 8, 8}, 0.9f)}) {
        const auto colors = torch::rand({1, 3, 30, 30});
        const auto before = lightness(colors), behind = lightness(between(colors, other)(colors));
        const auto order = before.argsort();
        const auto steps = behind.index_select(0, order).diff();
        CHECK(steps.min().item<double>() > -1e-3); // rounding where chroma was reduced
    }
}

static void an_8_bit_gradient_gets_no_bands() {
    // Neighbouring greys remain distinct, and none moves further from the next than the largest gain allows.
    for (const auto& other : {night(), picture(3), 1 - night()})
        for (const auto& from : {greys(256), picture(4, 0.5), night()}) {
            const auto map = between(from, other);
            const auto before = lightness(greys(256)), behind = lightness(map(greys(256)));
            const auto gain = behind.diff() / before.diff();
            CHECK(gain.min().item<double>() > 0.04);
            CHECK(gain.max().item<double>() < 2.1);
            // In BT.601's luma: blue alone covers a wide range in few steps of lightness.
            const auto there = map(greys(256));
            const auto luma =
                0.299 * there.select(1, 0) + 0.587 * there.select(1, 1) + 0.114 * there.select(1, 2);
            CHECK(luma.diff().abs().max().item<double>() < 5.0 / 255);
        }
}

static void grain_of_flat_and_grey_photos_stays_grain() {
    torch::manual_seed(6);
    const auto flat = torch::full({1, 3, 40, 40}, 0.5) + 0.01 * torch::randn({1, 3, 40, 40});
    const auto result = between(flat, night())(flat);
    CHECK(result.isfinite().all().item<bool>());
    const auto deviation = [](const torch::Tensor& t) { return t.std().item<double>(); };
    for (int c = 0; c < 3; ++c)
        CHECK(deviation(to_oklab(result).select(1, c)) < 4 * deviation(to_oklab(flat).select(1, c)));
    const auto one = torch::full({1, 3, 8, 8}, 0.25);
    CHECK(between(one, night())(one).isfinite().all().item<bool>());
    // With a flat palette everything takes its colour, but keeps its own lightness.
    const auto to_flat = to_oklab(between(picture(1), one)(picture(1)));
    CHECK(to_flat.narrow(1, 1, 2).abs().max().item<double>() < 0.02);
}

static void pictures_mixed_by_halves_are_as_one_of_both() {
    const auto a = picture(1), b = night();
    const auto tall = torch::cat({a, b.narrow(2, 0, 20).narrow(3, 0, 30)}, 2);
    const auto mixed = statistics_of_colors(a).mixed(
        statistics_of_colors(b.narrow(2, 0, 20).narrow(3, 0, 30).contiguous()), 0.5);
    const auto whole = statistics_of_colors(tall);
    for (int i = 0; i < 3; ++i) {
        CHECK_NEAR(mixed.mean[i], whole.mean[i], 1e-6);
        for (int j = 0; j < 3; ++j)
            CHECK_NEAR(mixed.covariance[i][j], whole.covariance[i][j], 1e-6);
    }
}

static void a_half_transparent_pixel_counts_by_half() {
    const auto a = picture(1), b = night().narrow(2, 0, a.size(2)).narrow(3, 0, a.size(3)).contiguous();
    const auto alpha = torch::cat(
        {torch::ones({1, 1, a.size(2), a.size(3)}), torch::full({1, 1, a.size(2), a.size(3)}, 0.5)}, 2);
    const auto seen = statistics_of_colors(torch::cat({a, b}, 2), alpha);
    const auto wanted = statistics_of_colors(a).mixed(statistics_of_colors(b), 1.0 / 3);
    for (int i = 0; i < 3; ++i) {
        CHECK_NEAR(seen.mean[i], wanted.mean[i], 1e-6);
        for (int j = 0; j < 3; ++j)
            CHECK_NEAR(seen.covariance[i][j], wanted.covariance[i][j], 1e-6);
    }
    // Where nothing is seen, everything counts.
    CHECK(statistics_of_colors(a, torch::zeros({1, 1, a.size(2), a.size(3)})).mean ==
          statistics_of_colors(a).mean);
}

int palette_tests() {
    return run_tests({TEST(mean_and_covariance_become_the_others), TEST(the_own_palette_changes_nothing),
                      TEST(strength_0_changes_no_bit), TEST(what_was_lighter_stays_lighter),
                      TEST(an_8_bit_gradient_gets_no_bands), TEST(grain_of_flat_and_grey_photos_stays_grain),
                      TEST(pictures_mixed_by_halves_are_as_one_of_both),
                      TEST(a_half_transparent_pixel_counts_by_half)});
}
