// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "style_parts.hpp"
#include "tensor.hpp"

#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

// Brightness increases from left to right, red from top to bottom.
torch::Tensor slopes(Size size) {
    const auto across =
        torch::linspace(0, 1, size.width).view({1, 1, 1, -1}).expand({1, 1, size.height, size.width});
    const auto down =
        torch::linspace(0, 1, size.height).view({1, 1, -1, 1}).expand({1, 1, size.height, size.width});
    return torch::cat({down, across, across}, 1).contiguous();
}

std::vector<torch::Tensor> shown(Size own, Size size) {
    std::vector<torch::Tensor> pictures;
    for (const auto& part : style_parts({slopes(own)}, size, 16, looked_at_pixels(own, size)))
        pictures.push_back(part.picture);
    return pictures;
}

double pixels(const std::vector<torch::Tensor>& parts) {
    double sum = 0;
    for (const auto& part : parts)
        sum += double(width_of(part)) * height_of(part);
    return sum;
}

} // namespace

static void the_style_is_as_large_as_the_content() {
    const auto size = style_size({1000, 1000}, {.width = 400, .height = 100}, 100, 32);
    CHECK(size.width == 200 && size.height == 200);
}

static void larger_strokes_come_from_a_larger_style() {
    const auto size = style_size({1000, 1000}, {.width = 200, .height = 200}, 150, 32);
    CHECK(size.width == 300 && size.height == 300);
}

static void strokes_take_the_same_share_of_every_size() {
    for (const int side : {64, 512, 5000})
        CHECK(style_size({300, 300}, {.width = side, .height = side}, 50, 16).width == side / 2);
}

static void a_tiny_style_still_reaches_the_deepest_layer() {
    const auto size = style_size({16, 200}, {.width = 100, .height = 100}, 10, 32);
    CHECK(size.width >= 32 && size.height >= 32);
}

static void a_style_that_is_made_smaller_is_seen_whole() {
    const auto picture = slopes({300, 200});
    const auto parts = style_parts({picture}, {150, 100}, 16, 1e6);
    CHECK(parts.size() == 1);
    CHECK(torch::equal(parts.front().picture, resized(picture, 150, 100)));
}

static void a_large_style_at_its_own_size_is_seen_whole() {
    CHECK(shown({2400, 1600}, {2400, 1600}).size() == 1);
}

static void a_style_that_is_enlarged_much_is_seen_in_parts() {
    const auto parts = shown({300, 200}, {6000, 4000});
    CHECK(parts.size() > 1);
    CHECK_NEAR(pixels(parts) / most_enlarged_pixels, 1, 0.15);
    CHECK_NEAR(looked_at_pixels({300, 200}, {6000, 4000}), most_enlarged_pixels, 1);
}

static void parts_show_the_enlargement() {
    const auto parts = shown({300, 200}, {6000, 4000});
    // Across a part, brightness changes by the part's share of the width.
    for (const auto& part : parts) {
        const auto row = part[0][1][0];
        const double change = row[-1].item<double>() - row[0].item<double>();
        CHECK_NEAR(change, double(width_of(part)) / 6000, 0.01);
    }
    // Together they are a uniform sample.
    double mean = 0;
    for (const auto& part : parts)
        mean += part.mean().item<double>() / double(parts.size());
    CHECK_NEAR(mean, 0.5, 0.02);
}

int style_parts_tests() {
    return run_tests(
        {TEST(the_style_is_as_large_as_the_content), TEST(larger_strokes_come_from_a_larger_style),
         TEST(strokes_take_the_same_share_of_every_size), TEST(a_tiny_style_still_reaches_the_deepest_layer),
         TEST(a_style_that_is_made_smaller_is_seen_whole), TEST(a_large_style_at_its_own_size_is_seen_whole),
         TEST(a_style_that_is_enlarged_much_is_seen_in_parts), TEST(parts_show_the_enlargement)});
}
