// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "scaled_plane.hpp"

#include <numeric>

using namespace neural_style;

namespace {

void halving_takes_the_mean_of_four() {
    const std::vector<float> plane{0, 1, 0.5f, 0.5f, 1, 0, 0.25f, 0.75f};
    const auto scaled = scaled_plane(plane, {4, 2}, {2, 1});
    CHECK(scaled.size() == 2);
    CHECK_NEAR(scaled[0], 0.5, 1e-6);
    CHECK_NEAR(scaled[1], 0.5, 1e-6);
}

void values_at_borders_count_by_their_part() {
    const auto scaled = scaled_plane(std::vector<float>{0, 1, 0}, {3, 1}, {2, 1});
    CHECK_NEAR(scaled[0], 1.0 / 3, 1e-6);
    CHECK_NEAR(scaled[1], 1.0 / 3, 1e-6);
}

void the_mean_stays_whatever_the_sizes() {
    std::vector<float> plane(37 * 23);
    std::iota(plane.begin(), plane.end(), 0.0f);
    const double mean = std::accumulate(plane.begin(), plane.end(), 0.0) / double(plane.size());
    for (const PlaneSize to : {PlaneSize{5, 3}, PlaneSize{36, 22}, PlaneSize{1, 1}, PlaneSize{37, 23}}) {
        const auto scaled = scaled_plane(plane, {37, 23}, to);
        CHECK_NEAR(std::accumulate(scaled.begin(), scaled.end(), 0.0) / double(scaled.size()), mean,
                   mean * 1e-5);
    }
}

void the_same_size_gives_the_same_values() {
    const std::vector<float> plane{0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f};
    CHECK(scaled_plane(plane, {3, 2}, {3, 2}) == plane);
}

void channels_do_not_mix() {
    const std::vector<float> pixels{0, 10, 1, 20, 0.5f, 30, 0.5f, 40};
    CHECK((scaled_pixels(pixels, 2, {4, 1}, {2, 1}) == std::vector<float>{0.5f, 15, 0.5f, 35}));
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(halving_takes_the_mean_of_four),
        TEST(values_at_borders_count_by_their_part),
        TEST(the_mean_stays_whatever_the_sizes),
        TEST(the_same_size_gives_the_same_values),
        TEST(channels_do_not_mix),
    });
}
