// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "estimate_text.hpp"

#include <limits>

using namespace neural_style;

namespace {

void seconds_are_as_exact_as_an_estimate() {
    CHECK(duration_text(0.2) == "1 s");
    CHECK(duration_text(3.4) == "3 s");
    CHECK(duration_text(41.7) == "40 s");
    CHECK(duration_text(290) == "5 min");
    CHECK(duration_text(7300) == "2 h");
}

void a_time_that_is_no_number_is_no_harm() {
    CHECK(!duration_text(std::numeric_limits<double>::quiet_NaN()).empty());
    CHECK(!duration_text(std::numeric_limits<double>::infinity()).empty());
    CHECK(!duration_text(-5).empty());
}

void time_memory_and_device_are_told() {
    const protocol::Estimate estimate{
        .memory_needed = 1'140'000'000, .time_needed = 39, .device = "CPU, 2 cores"};
    CHECK(estimate_text(estimate) == "about 40 s, 1.1 GB, CPU, 2 cores");
    CHECK(estimate_text({.memory_needed = 350'000'000, .time_needed = 2, .device = "cuda"}) ==
          "about 2 s, 350 MB, cuda");
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(seconds_are_as_exact_as_an_estimate),
        TEST(a_time_that_is_no_number_is_no_harm),
        TEST(time_memory_and_device_are_told),
    });
}
