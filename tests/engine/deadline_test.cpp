// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "deadline.hpp"
#include "engine_tests.hpp"

#include <chrono>
#include <thread>

using namespace neural_style;
using namespace tests;

namespace {

// Waits for the inevitable, generously.
bool asked_soon(const std::stop_token& keep) {
    for (int i = 0; i < 1000 && !keep.stop_requested(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return keep.stop_requested();
}

} // namespace

static void when_the_time_is_over_it_asks_to_keep_what_is_painted() {
    const Deadline deadline({}, 0.01);
    CHECK(asked_soon(deadline.keep()));
}

static void without_a_limit_only_somebody_else_can_ask() {
    std::stop_source keep;
    const Deadline deadline(keep.get_token(), 0);
    CHECK(!deadline.keep().stop_requested());
    keep.request_stop();
    CHECK(deadline.keep().stop_requested());
}

static void a_painting_that_is_done_early_does_not_wait_for_its_deadline() {
    const auto start = std::chrono::steady_clock::now();
    {
        const Deadline deadline({}, 1e6);
        CHECK(!deadline.keep().stop_requested());
    }
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
}

int deadline_tests() {
    return run_tests({TEST(when_the_time_is_over_it_asks_to_keep_what_is_painted),
                      TEST(without_a_limit_only_somebody_else_can_ask),
                      TEST(a_painting_that_is_done_early_does_not_wait_for_its_deadline)});
}
