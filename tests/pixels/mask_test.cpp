// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "mask.hpp"
#include "test_buffer.hpp"

#include <cmath>
#include <initializer_list>

using namespace neural_style;
using tests::Buffer;

namespace {

/// A buffer of that format with these bytes.
struct Painted : Buffer {
    Painted(const char* format, int width, int height, std::initializer_list<int> bytes, int x = 0, int y = 0)
        : Buffer(babl_format(format), width, height, x, y) {
        std::vector<std::byte> values;
        for (const int byte : bytes)
            values.push_back(std::byte(byte));
        set_bytes(values);
    }
};

std::vector<float> mask_of(const Buffer& buffer) {
    auto mask = read_mask(buffer.gegl, buffer.extent());
    CHECK(mask);
    return std::move(*mask);
}

bool near(const std::vector<float>& mask, std::initializer_list<double> expected) {
    return mask.size() == expected.size() &&
           std::ranges::equal(mask, expected, [](float a, double b) { return std::abs(a - b) < 1e-3; });
}

/// Channels, layer masks and grey files: 128 is half, whatever the curve is called.
void one_component_is_taken_as_stored() {
    for (const char* format : {"Y u8", "Y' u8", "Y~ u8"})
        CHECK(near(mask_of(Painted(format, 3, 1, {0, 128, 255})), {0, 128 / 255.0, 1}));
}

void colours_count_as_bright_as_they_look() {
    const Painted picture("R'G'B' u8", 3, 1, {0, 0, 0, 128, 128, 128, 255, 255, 255});
    CHECK(near(mask_of(picture), {0, 128 / 255.0, 1}));
    const auto green = mask_of(Painted("R'G'B' u8", 1, 1, {0, 255, 0}))[0];
    const auto blue = mask_of(Painted("R'G'B' u8", 1, 1, {0, 0, 255}))[0];
    CHECK(green > blue && green < 1 && blue > 0);
}

void transparency_lessens_brightness() {
    const Painted picture("R'G'B'A u8", 3, 1, {255, 255, 255, 255, 255, 255, 255, 51, 0, 0, 0, 255});
    CHECK(near(mask_of(picture), {1, 0.2, 0}));
}

/// A black shape on a transparent layer is as good a mask as a white one.
void a_shape_of_one_colour_counts_by_its_transparency() {
    for (const int grey : {0, 200}) {
        const Painted picture("R'G'B'A u8", 3, 1,
                              {grey, grey, grey, 255, grey, grey, grey, 51, 90, 120, 150, 0});
        CHECK(near(mask_of(picture), {1, 0.2, 0}));
    }
}

void an_opaque_picture_of_one_colour_counts_by_its_brightness() {
    CHECK(near(mask_of(Painted("R'G'B'A u8", 2, 1, {0, 0, 0, 255, 0, 0, 0, 255})), {0, 0}));
    CHECK(near(mask_of(Painted("R'G'B'A u8", 1, 1, {255, 255, 255, 255})), {1}));
}

/// The whole picture, not the part that is read, determines how a shape is read.
void a_part_is_read_as_in_the_whole_and_outside_is_0() {
    const Painted picture("R'G'B'A u8", 2, 1, {0, 0, 0, 255, 0, 0, 0, 0}, 5, 7);
    const auto part = read_mask(picture.gegl, {4, 6, 2, 2});
    CHECK(part && near(*part, {0, 0, 0, 1}));
    const auto outside = read_mask(picture.gegl, {100, 100, 2, 1});
    CHECK(outside && near(*outside, {0, 0}));
    const Painted channel("Y' u8", 1, 1, {255});
    CHECK(near(*read_mask(channel.gegl, {-1, 0, 3, 1}), {0, 1, 0}));
    const Painted opaque("R'G'B' u8", 1, 1, {255, 255, 255});
    CHECK(near(*read_mask(opaque.gegl, {-1, 0, 3, 1}), {0, 1, 0}));
}

void values_beyond_0_and_1_are_clamped() {
    Buffer buffer(babl_format("Y float"), 4, 1);
    std::vector<std::byte> bytes(16);
    const float values[] = {-2, 3, NAN, 0.25f};
    std::memcpy(bytes.data(), values, sizeof values);
    buffer.set_bytes(bytes);
    CHECK(near(mask_of(buffer), {0, 1, 0, 0.25}));
}

/// More than the band of rows converted at once.
void every_row_is_in_its_place() {
    Buffer buffer(babl_format("Y' u8"), 3, 200);
    std::vector<std::byte> bytes(600);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = std::byte(i / 3);
    buffer.set_bytes(bytes);
    const auto mask = mask_of(buffer);
    for (std::size_t i = 0; i < mask.size(); ++i)
        CHECK_NEAR(mask[i], double(i / 3) / 255, 1e-6);
}

void an_empty_area_is_refused() {
    const Painted picture("Y' u8", 1, 1, {255});
    CHECK(read_mask(picture.gegl, {0, 0, 0, 5}).error().code == ErrorCode::invalid_request);
}

} // namespace

int main() {
    gegl_init(nullptr, nullptr);
    return tests::run_tests({
        TEST(one_component_is_taken_as_stored),
        TEST(colours_count_as_bright_as_they_look),
        TEST(transparency_lessens_brightness),
        TEST(a_shape_of_one_colour_counts_by_its_transparency),
        TEST(an_opaque_picture_of_one_colour_counts_by_its_brightness),
        TEST(a_part_is_read_as_in_the_whole_and_outside_is_0),
        TEST(values_beyond_0_and_1_are_clamped),
        TEST(every_row_is_in_its_place),
        TEST(an_empty_area_is_refused),
    });
}
