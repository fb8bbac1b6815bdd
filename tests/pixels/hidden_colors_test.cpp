// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "hidden_colors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

using namespace neural_style;

namespace {

void paint_pixel(Image& image, int x, int y, std::array<float, 3> color) {
    std::copy(color.begin(), color.end(), image.pixel(x, y));
}

/// Blue on the left quarter, the rest red and hidden.
struct BlueBesideHiddenRed {
    Image image;
    std::vector<float> alpha;

    BlueBesideHiddenRed(int width, int height) : image(width, height), alpha(std::size_t(width) * height) {
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
                const bool visible = x < std::max(1, width / 4);
                paint_pixel(image, x, y,
                            visible ? std::array{0.1f, 0.2f, 0.9f} : std::array{1.0f, 0.0f, 0.0f});
                alpha[std::size_t(y) * width + x] = visible ? 1.0f : 0.0f;
            }
    }
};

void hidden_red_never_shows_beside_visible_blue() {
    const std::array<std::array<int, 2>, 6> sizes{{{64, 48}, {63, 1}, {2, 77}, {257, 129}, {4, 4}, {2, 1}}};
    for (const auto [width, height] : sizes) {
        BlueBesideHiddenRed picture(width, height);
        fill_hidden_colors(picture.image, picture.alpha);
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
                const float* pixel = picture.image.pixel(x, y);
                CHECK_NEAR(pixel[0], 0.1, 1e-4);
                CHECK_NEAR(pixel[1], 0.2, 1e-4);
                CHECK_NEAR(pixel[2], 0.9, 1e-4);
            }
    }
}

void visible_pixels_stay_to_the_last_bit() {
    Image image(33, 17);
    std::vector<float> alpha(33 * 17);
    for (std::size_t i = 0; i < alpha.size(); ++i) {
        alpha[i] = i % 3 == 0 ? 0.0f : i % 3 == 1 ? hidden_alpha : 1.0f;
        for (int c = 0; c < 3; ++c)
            image.span()[i * 3 + c] = float(i) * 0.013f - 0.7f + float(c);
    }
    const Image before = image;
    fill_hidden_colors(image, alpha);
    for (std::size_t i = 0; i < alpha.size(); ++i)
        for (int c = 0; c < 3; ++c)
            if (alpha[i] >= hidden_alpha)
                CHECK(image.span()[i * 3 + c] == before.span()[i * 3 + c]);
            else
                CHECK(image.span()[i * 3 + c] != before.span()[i * 3 + c]);
}

/// The fill between a dark and a bright side rises without jumps: the engine would paint visible edges.
void the_fill_is_smooth() {
    const int width = 128;
    Image image(width, 16);
    std::vector<float> alpha(std::size_t(width) * 16, 0.0f);
    for (int y = 0; y < 16; ++y)
        for (int x : {0, width - 1}) {
            alpha[std::size_t(y) * width + x] = 1.0f;
            paint_pixel(image, x, y, x ? std::array{1.0f, 1.0f, 1.0f} : std::array{0.0f, 0.0f, 0.0f});
        }
    fill_hidden_colors(image, alpha);
    for (int x = 1; x < width; ++x) {
        const float step = image.pixel(x, 8)[0] - image.pixel(x - 1, 8)[0];
        CHECK(step >= -1e-3f);
        CHECK(step < 0.1f);
    }
    CHECK_NEAR(image.pixel(width / 2, 8)[0], 0.5, 0.1);
}

void fainter_colours_count_less() {
    Image image(3, 1);
    paint_pixel(image, 0, 0, {1.0f, 0.0f, 0.0f});
    paint_pixel(image, 2, 0, {0.0f, 0.0f, 1.0f});
    fill_hidden_colors(image, std::vector<float>{0.01f, 0.0f, 1.0f});
    CHECK(image.pixel(1, 0)[2] > 0.6f);
    CHECK(image.pixel(1, 0)[2] > image.pixel(1, 0)[0]);
}

void a_fully_transparent_picture_becomes_grey() {
    Image image(19, 7);
    std::ranges::fill(image.span(), 1.0f);
    fill_hidden_colors(image, std::vector<float>(19 * 7, 0.0f));
    for (const float sample : image.span())
        CHECK(sample == 0.5f);
}

void what_is_not_a_number_is_filled_too() {
    Image image(8, 8);
    std::ranges::fill(image.span(), 0.25f);
    image.pixel(3, 3)[1] = std::numeric_limits<float>::quiet_NaN();
    image.pixel(5, 6)[0] = std::numeric_limits<float>::infinity();
    fill_hidden_colors(image, {});
    for (const float sample : image.span())
        CHECK_NEAR(sample, 0.25, 1e-6);
}

void an_alpha_that_is_not_a_number_hides() {
    Image image(2, 1);
    paint_pixel(image, 0, 0, {0.3f, 0.3f, 0.3f});
    paint_pixel(image, 1, 0, {1.0f, 0.0f, 0.0f});
    fill_hidden_colors(image, std::vector<float>{1.0f, std::numeric_limits<float>::quiet_NaN()});
    CHECK_NEAR(image.pixel(1, 0)[0], 0.3, 1e-6);
}

/// Otherwise the highlights of an HDR picture would flood the whole filled area.
void the_fill_stays_within_what_the_network_sees() {
    Image image(16, 16);
    std::vector<float> alpha(256, 0.0f);
    paint_pixel(image, 0, 0, {1e30f, -5.0f, 0.5f});
    alpha[0] = 1.0f;
    fill_hidden_colors(image, alpha);
    CHECK(image.pixel(0, 0)[0] == 1e30f);
    CHECK(image.pixel(9, 9)[0] == 1.0f);
    CHECK(image.pixel(9, 9)[1] == 0.0f);
}

void an_opaque_picture_and_an_empty_one_are_left_alone() {
    Image image(5, 5);
    fill_hidden_colors(image, std::vector<float>(25, 1.0f));
    for (const float sample : image.span())
        CHECK(sample == 0.0f);
    Image nothing;
    fill_hidden_colors(nothing, {});
    CHECK(nothing.empty());
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(hidden_red_never_shows_beside_visible_blue),
        TEST(visible_pixels_stay_to_the_last_bit),
        TEST(the_fill_is_smooth),
        TEST(fainter_colours_count_less),
        TEST(a_fully_transparent_picture_becomes_grey),
        TEST(what_is_not_a_number_is_filled_too),
        TEST(an_alpha_that_is_not_a_number_hides),
        TEST(the_fill_stays_within_what_the_network_sees),
        TEST(an_opaque_picture_and_an_empty_one_are_left_alone),
    });
}
