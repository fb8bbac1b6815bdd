// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "tensor.hpp"

#include <limits>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

static void pixels_survive_the_way_there_and_back() {
    Image image(5, 3);
    for (std::size_t i = 0; i < image.span().size(); ++i)
        image.span()[i] = float(i) / 45;
    const auto back = to_image(to_tensor(image, torch::kCPU));
    CHECK(std::ranges::equal(back.span(), image.span()));
}

static void rows_and_channels_are_where_they_belong() {
    Image image(5, 3);
    image.pixel(4, 1)[2] = 1;
    CHECK(to_tensor(image, torch::kCPU).index({0, 2, 1, 4}).item<float>() == 1);
}

static void values_outside_the_range_are_clamped() {
    Image image(2, 1);
    image.pixel(0, 0)[0] = -3;
    image.pixel(0, 0)[1] = 7;
    image.pixel(1, 0)[0] = std::numeric_limits<float>::infinity();
    const auto tensor = to_tensor(image, torch::kCPU);
    CHECK(tensor.index({0, 0, 0, 0}).item<float>() == 0 && tensor.index({0, 1, 0, 0}).item<float>() == 1);
    CHECK(tensor.index({0, 0, 0, 1}).item<float>() == 1);
}

static void integers_become_the_floats_that_they_stand_for() {
    Image image(7, 50); // more rows than are converted together
    for (std::size_t i = 0; i < image.span().size(); ++i)
        image.span()[i] = float(i * 37 % 1000) / 999;
    for (const auto sample : {Sample::u8, Sample::u16}) {
        const auto held = packed(image, sample);
        CHECK(torch::equal(to_tensor(held, torch::kCPU), to_tensor(unpacked(held), torch::kCPU)));
    }
}

static void the_source_is_not_changed() {
    Image image(2, 1);
    image.pixel(0, 0)[0] = 7;
    to_tensor(image, torch::kCPU);
    CHECK(image.pixel(0, 0)[0] == 7);
}

static void resizing_keeps_the_mean_colour() {
    torch::manual_seed(1);
    const auto picture = torch::rand({1, 3, 64, 96}) * 0.5 + 0.25;
    for (const auto& [width, height] : {std::pair{24, 16}, {31, 21}, {192, 128}}) {
        const auto other = resized(picture, width, height);
        CHECK(width_of(other) == width && height_of(other) == height);
        CHECK_NEAR(other.mean().item<double>(), picture.mean().item<double>(), 2e-3);
    }
}

int tensor_tests() {
    return run_tests(
        {TEST(pixels_survive_the_way_there_and_back), TEST(rows_and_channels_are_where_they_belong),
         TEST(values_outside_the_range_are_clamped), TEST(integers_become_the_floats_that_they_stand_for),
         TEST(the_source_is_not_changed), TEST(resizing_keeps_the_mean_colour)});
}
