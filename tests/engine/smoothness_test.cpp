// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "smoothness.hpp"

#include <cmath>
#include <torch/types.h>
#include <utility>

using namespace neural_style;
using namespace tests;

namespace {

torch::Tensor picture(int height, int width) {
    torch::manual_seed(5);
    return torch::rand({1, 3, height, width});
}

constexpr SmoothnessWeights tv{.tv = 0.7, .color = 3, .diagonals = 0.25};
constexpr SmoothnessWeights weave{.weave = 0.01};
constexpr SmoothnessWeights both{.tv = 0.7, .color = 3, .diagonals = 0.25, .weave = 0.01};

// Stripes with a period of three pixels, vertical or diagonal.
torch::Tensor stripes(bool diagonal) {
    const auto x = torch::arange(96).view({1, 1, 1, 96}), y = torch::arange(96).view({1, 1, 96, 1});
    const auto phase =
        diagonal ? (x + y).to(torch::kFloat32) / std::sqrt(2.0) : (x + 0 * y).to(torch::kFloat32);
    return torch::sin(phase * (2 * M_PI / 3)).expand({1, 3, 96, 96}).contiguous();
}

} // namespace

static void the_gradient_is_that_of_the_loss() {
    for (const bool wraps : {false, true})
        for (const auto& weights : {tv, weave, both}) {
            // More rows than are processed at once, and an odd number.
            const auto p = picture(141, 23), direction = picture(141, 23).flip(3).sub_(0.5);
            auto gradient = torch::zeros_like(p);
            smoothness(p, weights, wraps, &gradient);
            constexpr double step = 1e-2; // both terms are quadratic, so this is exact
            const double slope = (smoothness(p + step * direction, weights, wraps, nullptr) -
                                  smoothness(p - step * direction, weights, wraps, nullptr)) /
                                 (2 * step);
            const double expected = (gradient * direction).sum(torch::kFloat64).item<double>();
            CHECK_NEAR(slope / expected, 1, 1e-3);
        }
}

static void an_even_picture_is_smooth() {
    CHECK_NEAR(smoothness(torch::full({1, 3, 40, 50}, 0.3), both, false, nullptr), 0, 1e-3); // rounding
}

static void a_picture_that_wraps_has_no_border() {
    const auto p = picture(80, 60);
    CHECK_NEAR(smoothness(p, both, true, nullptr) / smoothness(p.roll({33, 17}, {2, 3}), both, true, nullptr),
               1, 1e-5);
}

static void weave_is_along_the_axes() {
    const double across = smoothness(stripes(false), weave, false, nullptr);
    const double down = smoothness(stripes(false).transpose(2, 3).contiguous(), weave, false, nullptr);
    const double diagonal = smoothness(stripes(true), weave, false, nullptr);
    CHECK_NEAR(across / down, 1, 1e-3);
    CHECK(across > 4 * diagonal);
}

static void coarse_strokes_are_no_weave() {
    const auto coarse =
        torch::sin(torch::arange(96) * (2 * M_PI / 8)).view({1, 1, 1, 96}).expand({1, 3, 96, 96});
    CHECK(smoothness(stripes(false), weave, false, nullptr) >
          1000.0 * smoothness(coarse.contiguous(), weave, false, nullptr));
}

static void total_variation_prefers_no_direction() {
    const SmoothnessWeights plain{.tv = 1, .diagonals = 0.25};
    const auto wave = [](double angle) {
        const auto x = torch::arange(96).view({1, 1, 1, 96}), y = torch::arange(96).view({1, 1, 96, 1});
        return torch::sin((x * std::cos(angle) + y * std::sin(angle)) * (2 * M_PI / 8))
            .expand({1, 3, 96, 96})
            .contiguous();
    };
    CHECK_NEAR(smoothness(wave(0), plain, false, nullptr) / smoothness(wave(M_PI / 4), plain, false, nullptr),
               1, 0.03);
}

static void colour_counts_more_than_brightness() {
    auto grey = torch::zeros({1, 3, 20, 20}), color = torch::zeros({1, 3, 20, 20});
    grey.slice(3, 10).fill_(0.2);
    color.select(1, 0).slice(2, 10).fill_(0.2 * std::sqrt(3.0)); // a step of the same size, in one channel
    const SmoothnessWeights weights{.tv = 1, .color = 15};
    CHECK(smoothness(color, weights, false, nullptr) > 8.0 * smoothness(grey, weights, false, nullptr));
}

static void loops_and_convolutions_agree() {
    for (const auto& [height, width] :
         {std::pair(141, 23), std::pair(5, 40), std::pair(40, 5), std::pair(7, 7)})
        for (const bool wraps : {false, true}) {
            const auto p = picture(height, width);
            const auto other_layout =
                p.contiguous(torch::MemoryFormat::ChannelsLast); // the loops do not read it
            auto gradient = torch::zeros_like(p), expected = torch::zeros_like(p);
            const double loss = smoothness(p, both, wraps, &gradient);
            CHECK_NEAR(loss / smoothness(other_layout, both, wraps, &expected), 1, 1e-5);
            const auto difference = (gradient - expected).abs().max() / expected.abs().max();
            CHECK_NEAR(difference.item<double>(), 0, 1e-6);
        }
}

int smoothness_tests() {
    return run_tests({TEST(the_gradient_is_that_of_the_loss), TEST(an_even_picture_is_smooth),
                      TEST(a_picture_that_wraps_has_no_border), TEST(weave_is_along_the_axes),
                      TEST(coarse_strokes_are_no_weave), TEST(total_variation_prefers_no_direction),
                      TEST(colour_counts_more_than_brightness), TEST(loops_and_convolutions_agree)});
}
