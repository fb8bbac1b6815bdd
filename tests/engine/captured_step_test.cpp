// SPDX-License-Identifier: GPL-3.0-or-later
// On the stand-in device, which refuses in a capture what a graphics card refuses.
#include "captured_step.hpp"
#include "cmocka.hpp"
#include "device.hpp"
#include "engine_tests.hpp"

#include <functional>
#include <optional>
#include <stdexcept>
#include <torch/types.h>
#include <vector>

using namespace neural_style;
using namespace tests;

namespace {

constexpr int calls = 10;

torch::Tensor numbers_there() {
    return torch::linspace(0, 1, 64).view({8, 8}).to(stand_in::device());
}

torch::Tensor computed(const torch::Tensor& x) {
    return torch::matmul(x, x).mul_(2).add_(x.sum()).sin();
}

// Whether ten calls return what `computed` says, while `x` changes from one to the next; and whether they
// were replays at the end.
struct Seen {
    bool right = true, captured = false;
};
Seen seen(const torch::Tensor& x, const CapturedStep::Work& work) {
    Seen seen;
    CapturedStep step(x.device(), work);
    stand_in::reset_counts();
    for (int i = 0; i < calls; ++i) {
        const auto result = step().front().cpu();
        seen.right &= result.equal(computed(x).cpu());
        x.mul_(0.9);
    }
    seen.captured = step.is_captured();
    return seen;
}

} // namespace

static void a_step_is_captured_and_follows_what_it_reads() {
    const auto x = numbers_there();
    const auto [right, captured] = seen(x, [&] { return std::vector{computed(x)}; });
    CHECK(right && captured);
    CHECK(stand_in::counts().captures == 1);
    CHECK(stand_in::counts().replays == calls - CapturedStep::calls_before_replays + 2);
}

static void a_replay_is_one_operation_and_waits_for_nothing() {
    const auto x = numbers_there();
    CapturedStep step(x.device(), [&] { return std::vector{computed(x)}; });
    for (int i = 0; i < CapturedStep::calls_before_replays; ++i)
        step();
    stand_in::reset_counts();
    step();
    const auto counts = stand_in::counts();
    CHECK(counts.operations == 1 && counts.to_host == 0 && counts.to_device == 0 && counts.waits == 0);
}

static void a_device_without_captures_works_plainly() {
    const auto x = numbers_there().cpu();
    const auto [right, captured] = seen(x, [&] { return std::vector{computed(x)}; });
    CHECK(right && !captured);
}

static void what_needs_the_processor_stays_plain() {
    const auto x = numbers_there();
    const std::function<void()> needs[] = {[&] { x.sum().item<float>(); }, [&] { x.cpu(); },
                                           [&] { torch::ones({2}).to(x.device()); },
                                           [&] { (x > 0).nonzero(); },
                                           [&] {
                                               throw std::runtime_error("not when captured");
                                           }};
    for (const auto& need : needs) {
        int call = 0;
        const auto [right, captured] = seen(x, [&] {
            // The last one fails only when it is captured: that is the call after the plain ones and one
            // more.
            if (&need != &needs[4] || ++call == CapturedStep::plain_calls + 2)
                need();
            return std::vector{computed(x)};
        });
        CHECK(right && !captured && stand_in::counts().captures == 0);
    }
}

static void a_number_of_the_processor_that_changes_is_noticed() {
    const auto x = numbers_there();
    double factor = 1;
    CapturedStep step(x.device(), [&] { return std::vector{x * factor}; });
    for (int i = 0; i < calls; ++i, factor *= 1.5)
        CHECK(step().front().cpu().equal((x * factor).cpu()));
    CHECK(!step.is_captured() && stand_in::counts().captures > 0);
}

static void a_capture_that_computes_something_else_is_given_up() {
    for (const auto fault :
         {stand_in::CaptureFault::refused, stand_in::CaptureFault::empty, stand_in::CaptureFault::stale}) {
        const stand_in::FaultyCaptures faulty(fault);
        const auto x = numbers_there();
        const auto [right, captured] = seen(x, [&] { return std::vector{computed(x)}; });
        CHECK(right && !captured);
    }
}

static void memory_that_was_freed_since_is_not_used() {
    const auto x = numbers_there();
    auto helper = x.clone();
    CapturedStep step(x.device(), [&] { return std::vector{computed(helper)}; });
    for (int i = 0; i < calls; ++i) {
        CHECK(step().front().cpu().equal(computed(helper).cpu()));
        helper = x.mul_(0.9).clone(); // elsewhere
    }
    CHECK(!step.is_captured() && stand_in::counts().captures > 0);
}

static void a_capture_that_memory_does_not_suffice_for_costs_only_the_capture() {
    const auto x = numbers_there();
    constexpr std::int64_t large = 1 << 18; // float32: a mebibyte
    const stand_in::MemoryLimit limit(4 << 20);
    const auto [right, captured] = seen(x, [&] {
        // A capture keeps what it allocates.
        for (int i = 0; i < 8; ++i)
            torch::zeros({large}, x.options()).add_(1);
        return std::vector{computed(x)};
    });
    CHECK(right && !captured);
}

static void errors_of_the_step_itself_are_passed_on() {
    const auto x = numbers_there();
    bool fails = false;
    CapturedStep step(x.device(), [&] {
        if (fails)
            throw std::runtime_error("the step fails");
        return std::vector{computed(x)};
    });
    step();
    fails = true;
    for (int i = 0; i < 3; ++i) {
        bool passed_on = false;
        try {
            step();
        } catch (const std::runtime_error&) {
            passed_on = true;
        }
        CHECK(passed_on);
    }
    fails = false;
    CHECK(step().front().cpu().equal(computed(x).cpu()));
}

static void a_device_that_is_lost_later_is_told() {
    const auto x = numbers_there();
    CapturedStep step(x.device(), [&] { return std::vector{computed(x)}; });
    for (int i = 0; i < CapturedStep::calls_before_replays + 1; ++i)
        step();
    CHECK(step.is_captured());
    {
        const stand_in::Failing failing(0, "the device is lost");
        bool told = false;
        try {
            step();
        } catch (const c10::Error&) {
            told = true;
        }
        CHECK(told);
    }
    CHECK(step().front().cpu().equal(computed(x).cpu()));
}

int captured_step_tests() {
    return run_tests(
        {TEST(a_step_is_captured_and_follows_what_it_reads),
         TEST(a_replay_is_one_operation_and_waits_for_nothing), TEST(a_device_without_captures_works_plainly),
         TEST(what_needs_the_processor_stays_plain), TEST(a_number_of_the_processor_that_changes_is_noticed),
         TEST(a_capture_that_computes_something_else_is_given_up),
         TEST(memory_that_was_freed_since_is_not_used),
         TEST(a_capture_that_memory_does_not_suffice_for_costs_only_the_capture),
         TEST(errors_of_the_step_itself_are_passed_on), TEST(a_device_that_is_lost_later_is_told)});
}
