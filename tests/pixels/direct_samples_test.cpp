// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "direct_samples.hpp"

#include <cmath>
#include <cstdint>
#include <gegl.h>
#include <limits>
#include <numeric>
#include <vector>

using namespace neural_style;

namespace {

template <typename Sample>
void check_against_babl(const char* format, const char* floats_format) {
    const auto direct = DirectSamples::of(babl_format(format));
    CHECK(direct);
    const std::size_t count = std::size_t(std::numeric_limits<Sample>::max()) / 12 * 12;
    std::vector<Sample> samples(count), back(count);
    std::iota(samples.begin(), samples.end(), Sample(0));
    const std::size_t channels = babl_format_get_n_components(babl_format(format));
    std::vector<float> ours(count), theirs(count);
    direct->to_floats(reinterpret_cast<const std::byte*>(samples.data()), count, ours.data());
    babl_process(babl_fish(babl_format(format), babl_format(floats_format)), samples.data(), theirs.data(),
                 long(count / channels));
    for (std::size_t i = 0; i < count; ++i)
        CHECK_NEAR(ours[i], theirs[i], 1e-6);
    direct->from_floats(ours.data(), count, reinterpret_cast<std::byte*>(back.data()));
    CHECK(back == samples);
}

void every_integer_means_what_babl_says_and_comes_back() {
    check_against_babl<std::uint8_t>("R'G'B' u8", "R'G'B' float");
    check_against_babl<std::uint8_t>("R'G'B'A u8", "R'G'B'A float");
    check_against_babl<std::uint8_t>("R~G~B~A u8", "R'G'B'A float");
    check_against_babl<std::uint16_t>("R'G'B' u16", "R'G'B' float");
    check_against_babl<std::uint16_t>("R'G'B'A u16", "R'G'B'A float");
}

void values_beyond_the_range_are_clamped() {
    const auto direct = DirectSamples::of(babl_format("R'G'B' u8"));
    const float values[] = {-0.5f, 1.5f, std::nanf(""), INFINITY, -INFINITY, 0.5f};
    std::uint8_t samples[6];
    direct->from_floats(values, 6, reinterpret_cast<std::byte*>(samples));
    const std::uint8_t expected[] = {0, 255, 0, 255, 0, 128};
    CHECK(std::equal(samples, samples + 6, expected));
}

void every_other_format_is_babls() {
    for (const char* format : {"RGB u8", "RGBA u8", "Y' u8", "Y'A u16", "R'G'B' u32", "R'G'B' float",
                               "R'aG'aB'aA u8", "R'G'B'A half"})
        CHECK(!DirectSamples::of(babl_format(format)));
    CHECK(!DirectSamples::of(babl_format_with_space("R'G'B' u8", babl_space("Adobish"))));
}

} // namespace

int main() {
    gegl_init(nullptr, nullptr);
    return tests::run_tests({TEST(every_integer_means_what_babl_says_and_comes_back),
                             TEST(values_beyond_the_range_are_clamped), TEST(every_other_format_is_babls)});
}
