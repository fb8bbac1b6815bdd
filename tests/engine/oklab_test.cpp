// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "oklab.hpp"

#include <cmath>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

torch::Tensor color(double a, double b, double c) {
    return torch::tensor({float(a), float(b), float(c)}).view({1, 3, 1, 1});
}

double chroma(const torch::Tensor& lab) {
    return std::hypot(lab[0][1][0][0].item<double>(), lab[0][2][0][0].item<double>());
}

} // namespace

// a and b computed with Ottosson's own program.
static void known_colours_have_their_published_hue_and_chroma() {
    const auto near = [](const torch::Tensor& rgb, double a, double b) {
        const auto lab = to_oklab(rgb);
        CHECK_NEAR(lab[0][1][0][0].item<double>(), a, 1e-4);
        CHECK_NEAR(lab[0][2][0][0].item<double>(), b, 1e-4);
    };
    near(color(1, 1, 1), 0, 0);
    near(color(0.2, 0.2, 0.2), 0, 0);
    near(color(1, 0, 0), 0.22486, 0.12585);
    near(color(0, 1, 0), -0.23389, 0.17950);
    near(color(0, 0, 1), -0.03246, -0.31153);
}

// L* of CIE 15, 116 Y^(1/3) - 16, divided by a hundred.
static void greys_are_as_light_as_in_cielab() {
    for (const double grey : {0.0, 0.1, 0.3, 0.5, 0.8, 1.0}) {
        const double y = grey <= 0.04045 ? grey / 12.92 : std::pow((grey + 0.055) / 1.055, 2.4);
        const double cielab = y > 0.008856 ? 1.16 * std::cbrt(y) - 0.16 : 9.033 * y;
        CHECK_NEAR(to_oklab(color(grey, grey, grey))[0][0][0][0].item<double>(), cielab, 0.03);
    }
}

static void every_colour_of_srgb_comes_back() {
    torch::manual_seed(1);
    const auto colors = torch::rand({1, 3, 100, 100});
    CHECK(from_oklab(to_oklab(colors)).allclose(colors, 0, 1e-4));
}

static void colours_that_srgb_lacks_keep_lightness_and_hue() {
    const auto wanted = color(0.7, 0.3, -0.25);
    const auto there = to_oklab(from_oklab(wanted));
    CHECK_NEAR(there[0][0][0][0].item<double>(), 0.7, 1e-3);
    const auto hue = [](const torch::Tensor& lab) {
        return std::atan2(lab[0][2][0][0].item<double>(), lab[0][1][0][0].item<double>());
    };
    CHECK_NEAR(hue(there), hue(wanted), 1e-2);
    CHECK(chroma(there) < chroma(wanted) && chroma(there) > 0.1);
}

static void what_srgb_lacks_is_told() {
    CHECK(beyond_srgb(color(0.7, 0.3, -0.25)).item<bool>());
    CHECK(!beyond_srgb(color(0.7, 0.03, -0.02)).item<bool>());
    CHECK(beyond_srgb(color(1.1, 0, 0)).item<bool>());
    torch::manual_seed(2);
    CHECK(!beyond_srgb(to_oklab(torch::rand({1, 3, 50, 50}))).any().item<bool>());
}

static void with_a_knee_more_chroma_stays_more_chroma() {
    double before = 0;
    for (double share = 0.02; share < 1; share += 0.02) {
        const double here = chroma(to_oklab(from_oklab(color(0.7, 0.4 * share, -0.3 * share), 0.9)));
        CHECK(here > before);
        before = here;
    }
    // Well inside nothing changes.
    const auto mild = color(0.7, 0.03, -0.02);
    CHECK(to_oklab(from_oklab(mild, 0.9)).allclose(mild, 0, 1e-4));
}

int oklab_tests() {
    return run_tests({TEST(known_colours_have_their_published_hue_and_chroma),
                      TEST(greys_are_as_light_as_in_cielab), TEST(every_colour_of_srgb_comes_back),
                      TEST(colours_that_srgb_lacks_keep_lightness_and_hue), TEST(what_srgb_lacks_is_told),
                      TEST(with_a_knee_more_chroma_stays_more_chroma)});
}
