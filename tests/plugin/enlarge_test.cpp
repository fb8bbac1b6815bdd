// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "enlarge.hpp"

#include <algorithm>
#include <gegl.h>

using namespace neural_style;
using namespace neural_style::plugin;

namespace {

void a_plain_colour_stays_plain_to_the_border() {
    Image small(7, 5);
    for (std::size_t i = 0; i < small.span().size(); ++i)
        small.span()[i] = i % 3 == 0 ? 0.2f : i % 3 == 1 ? 0.5f : 0.9f;
    const Image large = enlarge(small, 31, 22);
    CHECK(large.width() == 31 && large.height() == 22);
    for (int y = 0; y < 22; ++y)
        for (int x = 0; x < 31; ++x) {
            CHECK_NEAR(large.pixel(x, y)[0], 0.2, 1e-4);
            CHECK_NEAR(large.pixel(x, y)[2], 0.9, 1e-4);
        }
}

void a_ramp_stays_in_place_and_in_order() {
    Image small(16, 4);
    for (int y = 0; y < 4; ++y)
        for (int x = 0; x < 16; ++x)
            std::fill_n(small.pixel(x, y), 3, float(x) / 15);
    const Image large = enlarge(small, 64, 16);
    for (int x = 1; x < 64; ++x)
        CHECK(large.pixel(x, 8)[1] >= large.pixel(x - 1, 8)[1] - 1e-4f);
    // The centre of the small picture's pixel x is at 4 x + 2 in the large one.
    CHECK_NEAR((large.pixel(33, 8)[1] + large.pixel(34, 8)[1]) / 2, 8.0 / 15, 0.01);
}

} // namespace

int main() {
    gegl_init(nullptr, nullptr);
    return tests::run_tests(
        {TEST(a_plain_colour_stays_plain_to_the_border), TEST(a_ramp_stays_in_place_and_in_order)});
}
