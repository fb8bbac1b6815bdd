// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "effect_engine.hpp"
#include "engines.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <gegl.h>
#include <thread>

using namespace neural_style;
using namespace std::chrono_literals;
using tests::echo_engine;
using tests::Words;

namespace {

using Clock = std::chrono::steady_clock;

EffectPrograms programs(const Words& command) {
    return {.engine = command,
            .reader = tests::program_in("NEURAL_STYLE_READER"),
            .styles = std::filesystem::path(tests::program_in("NEURAL_STYLE_DATA")) / "styles",
            .locale = {}};
}

protocol::NamedPicture photo() {
    return protocol::NamedPicture(
        {.sample = Sample::u8, .width = 32, .height = 24, .bytes = Bytes(32 * 24 * 3, std::byte(100))});
}

/// Without a style picture, so that nothing but the engine takes time.
Settings trained() {
    Settings settings;
    settings.trained_style = "some";
    return settings;
}

Result<Samples> paint(EffectEngine& engine) {
    const auto content = photo();
    return engine.paint({.settings = trained(), .style = {}, .content = content});
}

bool runs(const std::string& process) {
    return std::filesystem::exists("/proc/" + process + "/exe");
}

bool ends_within(const std::string& process, std::chrono::milliseconds limit) {
    for (const auto end = Clock::now() + limit; Clock::now() < end; std::this_thread::sleep_for(10ms))
        if (!runs(process))
            return true;
    return false;
}

void the_painting_comes_back_on_any_thread() {
    EffectEngine engine(programs(echo_engine()));
    CHECK(paint(engine).value() == *photo());
    std::jthread([&] { CHECK(paint(engine).value() == *photo()); }).join();
}

void the_same_painting_is_not_made_twice() {
    EffectEngine engine(programs(echo_engine({"--updates", "3", "--slow", "1000"})));
    const auto content = photo();
    auto other = trained();
    other.seed = 1;
    const auto slow = [&](const Settings& settings) {
        const auto begin = Clock::now();
        CHECK(engine.paint({.settings = settings, .style = {}, .content = content}).value() == *content);
        return Clock::now() - begin > 2s;
    };
    CHECK(slow(trained()) && !slow(trained()) && slow(other) && !slow(trained()));
}

void an_engine_that_is_not_used_ends() {
    EffectEngine engine(programs(echo_engine()), {.idle = 200ms});
    CHECK(paint(engine));
    const auto first = engine.process_id();
    CHECK(runs(first));
    CHECK(ends_within(first, 10s));
    CHECK(paint(engine));
    CHECK(engine.process_id() != first);
}

void the_engine_ends_with_its_owner() {
    std::string process;
    {
        EffectEngine engine(programs(echo_engine()));
        CHECK(paint(engine));
        process = engine.process_id();
        CHECK(runs(process));
    }
    CHECK(ends_within(process, 10s));
}

void an_engine_that_falls_silent_is_given_up() {
    EffectEngine engine(programs(echo_engine({"--updates", "2", "--slow", "60000", "--ignore-cancel"})),
                        {.silence = 300ms});
    const auto begin = Clock::now();
    const auto painting = paint(engine);
    CHECK(!painting && painting.error().code == ErrorCode::engine_lost);
    CHECK(Clock::now() - begin < 30s);
}

/// Otherwise a program that renders again and again would stand still.
void after_a_slow_failure_the_next_one_is_quick() {
    EffectEngine engine(programs(echo_engine({"--no-hello"})), {.engine = {.hello = 4s}});
    CHECK(!paint(engine));
    const auto begin = Clock::now();
    CHECK(!paint(engine));
    CHECK(Clock::now() - begin < 2s);
}

void after_its_rest_a_new_engine_is_tried() {
    EffectEngine engine(programs(echo_engine({"--no-hello"})), {.rest = 100ms, .engine = {.hello = 3500ms}});
    CHECK(!paint(engine));
    std::this_thread::sleep_for(200ms);
    const auto begin = Clock::now();
    CHECK(!paint(engine));
    CHECK(Clock::now() - begin > 3s);
}

/// SIGPIPE has its default action here, which ends the process.
void writing_to_a_dead_engine_raises_no_signal() {
    signal(SIGPIPE, SIG_DFL);
    EffectEngine engine(programs(echo_engine({"--die-after", "0"})));
    for (int i = 0; i < 3; ++i) {
        const protocol::NamedPicture large({.sample = Sample::u8,
                                            .width = 2000,
                                            .height = 2000,
                                            .bytes = Bytes(2000 * 2000 * 3, std::byte(i))});
        const auto painting = engine.paint({.settings = trained(), .style = {}, .content = large});
        CHECK(!painting && painting.error().code == ErrorCode::engine_lost);
    }
    EffectEngine gone(programs({"/bin/true"}));
    CHECK(!paint(gone));
}

void an_engine_far_away_paints_too() {
    EffectEngine engine(programs(tests::far_engine({"--latency", "200"})));
    CHECK(paint(engine).value() == *photo());
}

void a_missing_engine_is_a_sentence() {
    EffectEngine engine({.engine = failure(ErrorCode::engine_lost, "It is not there."),
                         .reader = {},
                         .styles = {},
                         .locale = {}});
    CHECK(paint(engine).error().message == "It is not there.");
}

void a_style_that_does_not_exist_is_refused() {
    EffectEngine engine(programs(echo_engine()));
    const auto content = photo();
    const auto painting = engine.paint({.settings = Settings(), .style = "nonsense", .content = content});
    CHECK(!painting && painting.error().code == ErrorCode::invalid_request);
    CHECK(paint(engine));
}

} // namespace

int main() {
    gegl_init(nullptr, nullptr);
    return tests::run_tests({
        TEST(the_painting_comes_back_on_any_thread),
        TEST(the_same_painting_is_not_made_twice),
        TEST(an_engine_that_is_not_used_ends),
        TEST(the_engine_ends_with_its_owner),
        TEST(an_engine_that_falls_silent_is_given_up),
        TEST(after_a_slow_failure_the_next_one_is_quick),
        TEST(after_its_rest_a_new_engine_is_tried),
        TEST(writing_to_a_dead_engine_raises_no_signal),
        TEST(an_engine_far_away_paints_too),
        TEST(a_missing_engine_is_a_sentence),
        TEST(a_style_that_does_not_exist_is_refused),
    });
}
