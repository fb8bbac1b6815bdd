// SPDX-License-Identifier: GPL-3.0-or-later
#include "bands.hpp"
#include "cmocka.hpp"
#include "engine_tests.hpp"

#include <stop_token>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

static void every_row_is_in_one_band() {
    for (const auto& [height, width] : {std::pair{1, 1}, {700, 3000}, {40, 400000}}) {
        auto rows = torch::zeros({1, 1, height, 1});
        std::int64_t most = 0;
        by_bands(rows.expand({1, 1, height, width}), {}, [&](std::int64_t first, std::int64_t count) {
            rows.narrow(2, first, count).add_(1);
            most = std::max(most, count * width);
        });
        CHECK(rows.eq(1).all().item<bool>());
        CHECK(most <= std::max<std::int64_t>(1 << 19, 16 * width));
    }
}

static void a_request_to_stop_ends_it_between_two_bands() {
    std::stop_source stop;
    int bands = 0;
    bool cancelled = false;
    try {
        by_bands(torch::zeros({1, 1, 4000, 1}).expand({1, 1, 4000, 1000}), stop.get_token(),
                 [&](std::int64_t, std::int64_t) {
                     ++bands;
                     stop.request_stop();
                 });
    } catch (const Failure& failure) {
        cancelled = failure.code() == ErrorCode::cancelled;
    }
    CHECK(cancelled && bands == 1);
}

static void beyond_the_border_lies_the_nearest_pixel_or_the_opposite_border() {
    const auto picture = torch::arange(20.0f).view({1, 1, 4, 5});
    const auto nearest = with_surroundings(picture, 0, 4, 2, false)[0][0];
    const auto opposite = with_surroundings(picture, 0, 4, 2, true)[0][0];
    CHECK(nearest.size(0) == 8 && nearest.size(1) == 9);
    CHECK(nearest[0][0].item<float>() == 0 && nearest[7][8].item<float>() == 19);
    CHECK(opposite[0][0].item<float>() == 13 && opposite[7][8].item<float>() == 6);
    const auto inner = with_surroundings(picture, 1, 2, 1, false)[0][0];
    CHECK(inner.narrow(1, 1, 5).equal(picture[0][0]));
}

int bands_tests() {
    return run_tests({TEST(every_row_is_in_one_band), TEST(a_request_to_stop_ends_it_between_two_bands),
                      TEST(beyond_the_border_lies_the_nearest_pixel_or_the_opposite_border)});
}
