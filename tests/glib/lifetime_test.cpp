// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "lifetime.hpp"
#include "timer.hpp"

#include <functional>
#include <optional>
#include <string>

using namespace neural_style;

namespace {

void a_call_reaches_an_object_that_lives() {
    const Lifetime lifetime;
    std::string got;
    const std::function<void(std::string, int)> call =
        lifetime.bound([&](std::string text, int number) { got = text + std::to_string(number); });
    call("a", 1);
    CHECK(got == "a1");
}

void a_call_after_the_end_does_nothing() {
    std::optional<Lifetime> lifetime;
    lifetime.emplace();
    int calls = 0;
    const std::function<void()> call = lifetime->bound([&] { ++calls; });
    call();
    lifetime.reset();
    call();
    CHECK(calls == 1);
}

void a_timer_ends_with_its_owner() {
    int calls = 0;
    {
        Timer timer;
        timer.start(std::chrono::milliseconds(0), [&] { ++calls; });
    }
    while (g_main_context_iteration(nullptr, FALSE)) {
    }
    CHECK(calls == 0);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_call_reaches_an_object_that_lives),
        TEST(a_call_after_the_end_does_nothing),
        TEST(a_timer_ends_with_its_owner),
    });
}
