// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "visible_part.hpp"

#include <cstddef>
#include <cstdint>

using namespace neural_style;

namespace {

constexpr int width = 7, height = 5;

/// Every pixel tells its place; alpha is given by `alpha_at(x, y)`, 0..255.
template <typename AlphaAt>
BufferSamples picture(AlphaAt alpha_at) {
    BufferSamples pixels{.image = {.width = width, .height = height},
                         .alpha = {.width = width, .height = height, .channels = mask_channels}};
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            for (const int value : {x, y, 100})
                pixels.image.bytes.push_back(std::byte(value));
            pixels.alpha.bytes.push_back(std::byte(alpha_at(x, y)));
        }
    return pixels;
}

void transparent_surroundings_are_cut_off() {
    const auto part =
        visible_part(picture([](int x, int y) { return x >= 2 && x < 5 && y >= 1 && y < 3 ? 255 : 0; }));
    CHECK(part.image.width == 3 && part.image.height == 2);
    CHECK(part.alpha.empty()); // all that is left is opaque
    CHECK(part.image.bytes.size() == 3 * 2 * 3);
    CHECK(part.image.bytes[0] == std::byte(2) && part.image.bytes[1] == std::byte(1));
    CHECK(part.image.bytes[15] == std::byte(4) && part.image.bytes[16] == std::byte(2));
}

void what_is_half_seen_keeps_its_alpha() {
    const auto part = visible_part(picture([](int x, int) { return x == 0 ? 0 : x == 3 ? 128 : 255; }));
    CHECK(part.image.width == width - 1 && part.image.height == height);
    CHECK(part.alpha.width == width - 1 && part.alpha.height == height &&
          part.alpha.channels == mask_channels);
    CHECK(part.alpha.bytes[2] == std::byte(128) && part.alpha.bytes[3] == std::byte(255));
}

void an_opaque_picture_stays_as_it_is() {
    const auto before = picture([](int, int) { return 255; });
    const auto part = visible_part(before);
    CHECK(part.image == before.image && part.alpha.empty());
    CHECK(visible_part({.image = before.image, .alpha = {}}).image == before.image);
}

void of_a_wholly_transparent_picture_nothing_is_left() {
    CHECK(visible_part(picture([](int, int) { return 0; })).image.empty());
}

} // namespace

int main() {
    return tests::run_tests({TEST(transparent_surroundings_are_cut_off),
                             TEST(what_is_half_seen_keeps_its_alpha), TEST(an_opaque_picture_stays_as_it_is),
                             TEST(of_a_wholly_transparent_picture_nothing_is_left)});
}
