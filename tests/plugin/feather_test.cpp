// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "feather.hpp"

#include <algorithm>
#include <numeric>

using namespace neural_style::plugin;

namespace {

constexpr int width = 41, height = 31;

std::vector<float> half() {
    std::vector<float> values(width * height);
    for (int y = 0; y < height; ++y)
        for (int x = 20; x < width; ++x)
            values[y * width + x] = 1;
    return values;
}

void no_radius_changes_nothing() {
    for (const double radius : {0.0, -3.0}) {
        auto values = half();
        feather(values, width, height, radius);
        CHECK(values == half());
    }
}

void an_edge_becomes_a_slope_of_that_width() {
    auto values = half();
    feather(values, width, height, 8);
    const float* row = values.data() + 15 * width;
    CHECK(std::is_sorted(row, row + width));
    CHECK(row[20] > 0.4f && row[20] < 0.65f);
    CHECK(row[12] < 0.05f && row[28] > 0.95f);
    CHECK(row[17] > 0.02f && row[17] < row[20]);
}

void what_is_even_stays_so_up_to_the_border() {
    std::vector<float> values(width * height, 0.25f);
    feather(values, width, height, 100);
    for (const float value : values)
        CHECK_NEAR(value, 0.25, 1e-6);
}

void a_mask_of_one_pixel_is_taken() {
    std::vector<float> one{1};
    feather(one, 1, 1, 50);
    CHECK_NEAR(one[0], 1, 1e-6);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(no_radius_changes_nothing),
        TEST(an_edge_becomes_a_slope_of_that_width),
        TEST(what_is_even_stays_so_up_to_the_border),
        TEST(a_mask_of_one_pixel_is_taken),
    });
}
