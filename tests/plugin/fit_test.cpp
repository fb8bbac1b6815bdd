// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "fit.hpp"

#include <algorithm>
#include <gegl.h>

using namespace neural_style;
using namespace neural_style::plugin;

namespace {

/// Black on the left, white on the right.
Image halves(int width, int height) {
    Image image(width, height);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            std::fill_n(image.pixel(x, y), 3, x < width / 2 ? 0.0f : 1.0f);
    return image;
}

void every_size_is_reached() {
    const Image image = halves(20, 10);
    for (const auto& [width, height] : {std::pair(20, 10), {1, 1}, {5, 40}, {40, 5}, {60, 30}}) {
        const Image fitted = fit(image, width, height);
        CHECK(fitted.width() == width && fitted.height() == height);
    }
}

void what_is_made_smaller_is_averaged() {
    CHECK_NEAR(fit(halves(16, 16), 1, 1).pixel(0, 0)[1], 0.5, 1e-6);
    const Image narrow = fit(halves(16, 16), 2, 16);
    CHECK_NEAR(narrow.pixel(0, 7)[0], 0, 1e-6);
    CHECK_NEAR(narrow.pixel(1, 7)[2], 1, 1e-6);
}

void only_sides_that_are_too_short_are_enlarged() {
    const Image enlarged = large_enough(halves(10, 200));
    CHECK(enlarged.width() == 16 && enlarged.height() == 200);
    const Image same = large_enough(halves(16, 17));
    CHECK(std::ranges::equal(same.span(), halves(16, 17).span()));
}

} // namespace

int main() {
    gegl_init(nullptr, nullptr);
    return tests::run_tests({
        TEST(every_size_is_reached),
        TEST(what_is_made_smaller_is_averaged),
        TEST(only_sides_that_are_too_short_are_enlarged),
    });
}
