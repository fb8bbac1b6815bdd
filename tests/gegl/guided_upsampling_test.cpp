// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "guided_upsampling.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>

using namespace neural_style;

namespace {

constexpr int width = 120, height = 80, scale = 4;

using Value = std::function<float(int x, int y, int channel)>;

Samples picture(int columns, int rows, const Value& value, Sample sample = Sample::f32) {
    Image image(columns, rows);
    for (int y = 0; y < rows; ++y)
        for (int x = 0; x < columns; ++x)
            for (int c = 0; c < 3; ++c)
                image.pixel(x, y)[c] = value(x, y, c);
    return packed(image, sample);
}

/// Gray squares of 9 pixels, which no pixel of the reduced picture holds whole.
float squares(int x, int y, int) {
    return (x / 9 + y / 9) % 2 == 0 ? 0.3f : 0.7f;
}

float at(const Samples& picture, int x, int y, int channel = 0) {
    return SamplesView(picture).at((std::size_t(y) * picture.width + x) * 3 + channel);
}

/// The largest difference, away from the border.
float difference(const Samples& one, const Samples& other) {
    CHECK(one.width == other.width && one.height == other.height);
    float most = 0;
    for (int y = 4; y + 4 < one.height; ++y)
        for (int x = 4; x + 4 < one.width; ++x)
            for (int c = 0; c < 3; ++c)
                most = std::max(most, std::abs(at(one, x, y, c) - at(other, x, y, c)));
    return most;
}

Samples upsampled(SamplesView painting, SamplesView guide, Samples photo) {
    guided_upsampling(painting, guide, photo);
    return photo;
}

Samples small(const Samples& photo) {
    return reduced(photo, {photo.width / scale, photo.height / scale});
}

void a_reduced_pixel_is_the_mean_of_those_it_covers() {
    const auto photo = picture(6, 4, [](int x, int y, int c) { return float(x + 10 * y + 100 * c); });
    const auto half = reduced(photo, {3, 2});
    CHECK(at(half, 0, 0) == 5.5f && at(half, 2, 1, 1) == 129.5f);
    const auto uneven = reduced(photo, {4, 4}); // one and a half pixels wide
    CHECK_NEAR(at(uneven, 0, 0), (0 + 0.5 * 1) / 1.5, 1e-6);
    CHECK_NEAR(at(uneven, 1, 0), (0.5 * 1 + 2) / 1.5, 1e-6);
    CHECK(reduced(photo, {6, 4}) == photo);
}

void samples_stay_what_they_are() {
    for (const auto sample : {Sample::u8, Sample::u16, Sample::f32}) {
        const auto photo = picture(width, height, squares, sample);
        const auto guide = small(photo);
        CHECK(guide.sample == sample);
        CHECK(upsampled(guide, guide, photo).sample == sample);
    }
}

/// What painted nothing gives the photo back, edges included.
void a_photo_that_was_only_reduced_comes_back() {
    const auto photo = picture(width, height, squares);
    const auto guide = small(photo);
    CHECK(difference(upsampled(guide, guide, photo), photo) < 0.02f);
}

void a_constant_painting_stays_constant() {
    const auto photo = picture(width, height, squares);
    const auto guide = small(photo);
    const auto painting = picture(guide.width, guide.height, [](int, int, int c) { return 0.2f + 0.3f * c; });
    const auto large = upsampled(painting, guide, photo);
    const auto expected = picture(width, height, [](int, int, int c) { return 0.2f + 0.3f * c; });
    CHECK(difference(large, expected) < 1e-5f);
}

void a_photo_without_edges_adds_nothing() {
    const auto photo = picture(width, height, [](int, int, int) { return 0.5f; });
    const auto guide = small(photo);
    const auto painting =
        picture(guide.width, guide.height, [](int x, int, int) { return x % 2 ? 0.6f : 0.4f; });
    const auto large = upsampled(painting, guide, photo);
    for (int y = 0; y < height; ++y)
        for (int x = 4; x + 4 < width; ++x)
            CHECK(at(large, x, y) > 0.39f && at(large, x, y) < 0.61f);
    CHECK(at(large, 60, 40) != at(large, 64, 40)); // its strokes are there
}

/// The edge lies within a small pixel, which only the large photo tells.
void the_painting_s_edges_lie_where_the_photo_s_are() {
    constexpr int edge = 62; // 15.5 small pixels
    const auto photo = picture(width, height, [](int x, int, int) { return x < edge ? 0.2f : 0.8f; });
    const auto guide = small(photo);
    // Dark is painted red, light blue.
    const auto colors = [](float light, int c) { return c == 0 ? 1 - light : c == 1 ? 0.5f : light; };
    const auto painting =
        picture(guide.width, guide.height, [&](int x, int y, int c) { return colors(at(guide, x, y), c); });
    const auto large = upsampled(painting, guide, photo);
    const auto expected =
        picture(width, height, [&](int x, int, int c) { return colors(x < edge ? 0.2f : 0.8f, c); });
    CHECK(difference(large, expected) < 0.03f);
}

void any_size_is_brought_up() {
    for (const auto& [columns, rows] : {std::pair{3001, 37}, {17, 1203}, {64, 64}}) {
        const auto photo = picture(columns, rows, squares, Sample::u8);
        const auto guide = reduced(photo, {std::max(16, columns / 3), std::max(16, rows / 3)});
        const auto large = upsampled(guide, guide, photo);
        CHECK(large.width == columns && large.height == rows && large.bytes.size() == photo.bytes.size());
    }
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_reduced_pixel_is_the_mean_of_those_it_covers),
        TEST(samples_stay_what_they_are),
        TEST(a_photo_that_was_only_reduced_comes_back),
        TEST(a_constant_painting_stays_constant),
        TEST(a_photo_without_edges_adds_nothing),
        TEST(the_painting_s_edges_lie_where_the_photo_s_are),
        TEST(any_size_is_brought_up),
    });
}
