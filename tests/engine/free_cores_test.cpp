// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "free_cores.hpp"

#include <ATen/Parallel.h>
#include <array>
#include <cstdint>
#include <thread>

using namespace neural_style;
using namespace tests;

static void an_idle_machine_gives_all_its_cores() {
    CHECK(FreeCores::threads(2, 2, 0) == 2);
    CHECK(FreeCores::threads(16, 16, 0.3) == 16);
}

static void a_core_that_somebody_computes_on_gets_no_thread() {
    CHECK(FreeCores::threads(2, 2, 1) == 1);
    CHECK(FreeCores::threads(2, 2, 0.67) == 1); // its share against our two threads
    CHECK(FreeCores::threads(16, 16, 2) == 14);
}

static void where_all_cores_are_taken_one_thread_is_left() {
    CHECK(FreeCores::threads(2, 2, 2) == 1);
    CHECK(FreeCores::threads(4, 4, 4.5) == 1);
}

static void hyperthreads_that_are_left_take_what_others_compute() {
    CHECK(FreeCores::threads(4, 8, 3) == 4);
    CHECK(FreeCores::threads(4, 8, 6) == 2);
}

static void the_number_of_threads_comes_back() {
    const int before = at::get_num_threads();
    {
        FreeCores cores;
        at::set_num_threads(1);
        cores.look();
    }
    CHECK(at::get_num_threads() == before);
}

static void loops_of_ours_run_on_all_threads() {
#if AT_PARALLEL_OPENMP
    const int before = at::get_num_threads();
    at::set_num_threads(3);
    std::array<std::thread::id, 3> seen;
    at::parallel_for(0, 3, 1, [&](std::int64_t begin, std::int64_t end) {
        for (auto i = begin; i < end; ++i)
            seen[std::size_t(i)] = std::this_thread::get_id();
    });
    at::set_num_threads(before);
    CHECK(seen[0] != seen[1] && seen[1] != seen[2] && seen[2] != seen[0]);
#else
    skip_test("LibTorch has threads of another kind");
#endif
}

int free_cores_tests() {
    return run_tests({TEST(an_idle_machine_gives_all_its_cores),
                      TEST(a_core_that_somebody_computes_on_gets_no_thread),
                      TEST(where_all_cores_are_taken_one_thread_is_left),
                      TEST(hyperthreads_that_are_left_take_what_others_compute),
                      TEST(the_number_of_threads_comes_back), TEST(loops_of_ours_run_on_all_threads)});
}
