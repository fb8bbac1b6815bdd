// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "codec.hpp"
#include "engine_client.hpp"
#include "engines.hpp"
#include "test_folder.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <glib.h>
#include <optional>
#include <stop_token>
#include <thread>

using namespace neural_style;
using namespace std::chrono_literals;
using tests::echo_engine;
using tests::far_engine;
using tests::operator+;
using tests::Words;

namespace {

protocol::NamedPicture picture(int width, int height, protocol::Sample sample = protocol::Sample::u8) {
    protocol::Picture result{.sample = sample, .width = width, .height = height, .bytes = {}};
    result.bytes.resize(protocol::picture_bytes(sample, width, height));
    for (std::size_t i = 0; i < result.bytes.size(); ++i)
        // The highest byte of each float32 stays below 0x40: finite, and within 0..1 or slightly above.
        result.bytes[i] =
            std::byte(sample == protocol::Sample::f32 && i % 4 == 3 ? 0x3f : (i * 31 + i / 251) % 127);
    return protocol::NamedPicture(std::move(result));
}

Result<EnginePainting> paint(EngineClient& engine, const protocol::NamedPicture& content,
                             const EngineClient::UpdateCallback& update = {}, std::stop_token stop = {}) {
    const auto style = picture(8, 8);
    return engine.paint({.settings = {}, .content = content, .styles = {{style}}}, update, stop);
}

ErrorCode code_of(const Words& command, EngineLimits limits = {}) {
    EngineClient engine(command, limits);
    const auto painting = paint(engine, picture(64, 48));
    CHECK(!painting);
    CHECK(!painting.error().message.empty());
    return painting.error().code;
}

bool runs(const std::string& process) {
    return std::filesystem::exists("/proc/" + process + "/exe");
}

bool ends_within(const std::string& process, std::chrono::milliseconds limit) {
    for (const auto end = std::chrono::steady_clock::now() + limit; std::chrono::steady_clock::now() < end;
         std::this_thread::sleep_for(10ms))
        if (!runs(process))
            return true;
    return false;
}

void the_painting_comes_back() {
    EngineClient engine(echo_engine());
    const auto content = picture(64, 48);
    const auto painting = paint(engine, content);
    CHECK(painting);
    CHECK(painting->picture == *content);
    CHECK(painting->device == "echo");
}

void pictures_larger_than_a_chunk_travel_in_pieces() {
    EngineClient engine(echo_engine());
    const auto content = picture(700, 500, protocol::Sample::f32); // 4.2 MB, five chunks
    const auto painting = paint(engine, content);
    CHECK(painting);
    CHECK(painting->picture == *content);
}

void updates_arrive_in_order_with_previews() {
    EngineClient engine(echo_engine({"--updates", "8"}));
    std::vector<double> fractions;
    int previews = 0;
    CHECK(paint(engine, picture(64, 48), [&](const protocol::Update& update) {
        fractions.push_back(update.fraction);
        previews += update.preview_width > 0;
    }));
    CHECK(fractions.size() == 8);
    CHECK(std::ranges::is_sorted(fractions));
    CHECK(previews == 4);
}

/// A job's masks and further pictures, as described by the echo engine.
void everything_in_a_job_reaches_the_engine() {
    EngineClient engine(echo_engine({"--recite"}));
    const auto content = picture(64, 48), first = picture(8, 8), second = picture(9, 7);
    const auto even_mask = [](int value) {
        return protocol::NamedPicture({.sample = protocol::Sample::u8,
                                       .width = 64,
                                       .height = 48,
                                       .channels = 1,
                                       .bytes = protocol::Bytes(64 * 48, std::byte(value))});
    };
    const auto region = even_mask(200), protect = even_mask(100);
    const auto painting = engine.paint({.settings = {},
                                        .content = content,
                                        .styles = {{first}, {second, &region}},
                                        .protect = &protect,
                                        .refine = &content,
                                        .moved = &content,
                                        .trusted = &region,
                                        .steadiness = 2.5,
                                        .shot = &first,
                                        .memory_limit = 5'000'000,
                                        .snapshot_every = 7});
    CHECK(!painting);
    CHECK(painting.error().message.contains(
        "content 64x48, styles 8x8 9x7@64x48, protect, refine, moved, steadiness 2.5, shot 8x8, "
        "memory-limit 5000000, snapshot-every 7."));
}

void snapshots_are_handed_over_in_order() {
    EngineClient engine(echo_engine({"--updates", "9"}));
    const auto content = picture(700, 500, protocol::Sample::f32), style = picture(8, 8);
    std::vector<int> iterations;
    const auto painting =
        engine.paint({.settings = {},
                      .content = content,
                      .styles = {{style}},
                      .snapshot_every = 3,
                      .take_snapshot = [&](const protocol::Picture& snapshot, int iteration) {
                          CHECK(snapshot == *content);
                          iterations.push_back(iteration);
                      }});
    CHECK(painting && painting->picture == *content);
    CHECK(iterations == (std::vector{3, 6, 9}));
}

void what_is_painted_so_far_can_be_kept() {
    EngineClient engine(echo_engine({"--updates", "200", "--slow", "50"}));
    const auto content = picture(64, 48), style = picture(8, 8);
    std::stop_source keep;
    int updates = 0;
    const auto painting = engine.paint(
        {.settings = {}, .content = content, .styles = {{style}}},
        [&](const protocol::Update&) {
            if (++updates == 3)
                keep.request_stop();
        },
        {}, keep.get_token());
    CHECK(painting && painting->picture == *content);
    CHECK(updates < 20);
}

/// For a window that asks without waiting.
void jobs_that_nobody_waits_for_are_answered_in_order() {
    EngineClient engine(echo_engine());
    const auto content = picture(64, 48), style = picture(8, 8);
    std::vector<std::string> answers;
    const EngineJob job{.settings = {}, .content = content, .styles = {{style}}};
    CHECK(engine.begin(job, {}, [&](const auto& answer) { answers.push_back(answer ? "first" : "failed"); }));
    CHECK(
        engine.estimate({.settings = {}, .content = {640, 480}, .styles = {{8, 8}}}, [&](const auto& answer) {
            answers.push_back(answer && answer->device == "echo" ? "estimate" : "failed");
        }));
    const auto cancelled = engine.begin(job, {}, [&](const auto& answer) {
        answers.push_back(!answer && answer.error().code == ErrorCode::cancelled ? "cancelled" : "failed");
    });
    engine.cancel(*cancelled);
    CHECK(paint(engine, content)); // and one that is waited for
    CHECK(answers == (std::vector<std::string>{"cancelled", "first", "estimate"}));
}

void what_the_engine_says_on_its_standard_error_is_kept() {
    EngineClient engine({"sh", "-c", "echo 'the weights are missing' >&2; exit 1"});
    CHECK(!paint(engine, picture(64, 48)));
    for (int i = 0; i < 200 && !engine.log().contains("the weights are missing"); ++i)
        g_main_context_iteration(nullptr, FALSE), g_usleep(5000);
    CHECK(engine.log().contains("the weights are missing"));
}

void no_style_is_an_error_and_the_engine_stays() {
    EngineClient engine(echo_engine());
    const auto content = picture(64, 48);
    const auto painting = engine.paint({.settings = {}, .content = content, .styles = {}});
    CHECK(!painting && painting.error().code == ErrorCode::invalid_request);
    CHECK(paint(engine, content));
}

void the_engine_stays_for_the_next_job() {
    EngineClient engine(echo_engine());
    CHECK(paint(engine, picture(64, 48)));
    const auto first = engine.process_id();
    CHECK(paint(engine, picture(64, 48)));
    CHECK(paint(engine, picture(32, 32)));
    CHECK(engine.process_id() == first);
}

void the_engine_ends_with_its_client() {
    std::string process;
    {
        EngineClient engine(echo_engine());
        CHECK(paint(engine, picture(64, 48)));
        process = engine.process_id();
        CHECK(runs(process));
    }
    CHECK(ends_within(process, 1s));
}

void a_stop_before_the_start_starts_nothing_to_wait_for() {
    EngineClient engine(echo_engine({"--no-hello"}));
    std::stop_source stop;
    stop.request_stop();
    const auto painting = paint(engine, picture(64, 48), {}, stop.get_token());
    CHECK(!painting && painting.error().code == ErrorCode::cancelled);
}

/// Requests a stop at that update and checks the answer.
void cancel_at(int update_number, const Words& options, std::chrono::milliseconds limit) {
    EngineClient engine(echo_engine(Words{"--updates", "20", "--slow", "50"} + options));
    std::stop_source stop;
    int updates = 0;
    std::chrono::steady_clock::time_point asked;
    const auto painting = paint(
        engine, picture(64, 48),
        [&](const protocol::Update&) {
            if (++updates == update_number) {
                asked = std::chrono::steady_clock::now();
                stop.request_stop();
            }
        },
        stop.get_token());
    CHECK(!painting && painting.error().code == ErrorCode::cancelled);
    CHECK(std::chrono::steady_clock::now() - asked < limit);
    CHECK(paint(engine, picture(64, 48))); // and the next job runs
}

void cancel_early_in_the_middle_and_at_the_end_then_a_full_run() {
    for (const int update : {1, 10, 19})
        cancel_at(update, {}, 1s);
}

void an_engine_that_ignores_cancel_is_killed_after_half_a_second() {
    cancel_at(3, {"--ignore-cancel"}, 1s);
}

void a_cancel_while_the_engine_starts_ends_at_once() {
    EngineClient engine(echo_engine({"--no-hello"}));
    std::stop_source stop;
    CHECK(engine.start());
    const auto process = engine.process_id();
    const auto timeout = g_timeout_add(
        50,
        [](void* source) -> gboolean {
            static_cast<std::stop_source*>(source)->request_stop();
            return G_SOURCE_REMOVE;
        },
        &stop);
    CHECK(timeout > 0);
    const auto painting = paint(engine, picture(64, 48), {}, stop.get_token());
    CHECK(!painting && painting.error().code == ErrorCode::cancelled);
    CHECK(ends_within(process, 1s));
}

void a_cancel_during_an_upload_leaves_the_engine_warm() {
    EngineClient engine(echo_engine(), {.cancel = 20s}); // a busy machine is slow to read what has been sent
    const auto large = picture(4000, 3000, protocol::Sample::f32); // 137 chunks
    std::stop_source stop;
    int updates = 0;
    // Called only while the pipe is full.
    struct Wait {
        std::stop_source& stop;
        int turns = 3;
    } wait{stop};
    engine.watch({.ready = [&](const protocol::Hello&) {
        g_idle_add(
            [](void* data) -> gboolean {
                auto& wait = *static_cast<Wait*>(data);
                if (--wait.turns > 0)
                    return G_SOURCE_CONTINUE;
                wait.stop.request_stop();
                return G_SOURCE_REMOVE;
            },
            &wait);
    }});
    CHECK(engine.start());
    const auto process = engine.process_id();
    const auto painting = paint(
        engine, large, [&](const protocol::Update&) { ++updates; }, stop.get_token());
    CHECK(!painting && painting.error().code == ErrorCode::cancelled && updates == 0);
    const auto content = picture(64, 48);
    const auto next = paint(engine, content);
    CHECK(next && next->picture == *content);
    CHECK(engine.process_id() == process);
}

void a_missing_engine_is_an_error() {
    CHECK(code_of({"/nowhere/neural-style-engine"}) == ErrorCode::engine_lost);
}

void a_program_that_is_no_engine_is_an_error() {
    CHECK(code_of({"true"}) == ErrorCode::engine_lost);
    CHECK(code_of({"sh", "-c", "echo neural-style-engine: command not found; exit 127"}) ==
          ErrorCode::engine_lost);
}

void an_engine_of_another_version_is_an_error() {
    CHECK(code_of(echo_engine({"--other-version"})) == ErrorCode::other_version);
}

void rubbish_is_an_error() {
    CHECK(code_of(echo_engine({"--rubbish"})) == ErrorCode::bad_message);
    CHECK(code_of(echo_engine({"--rubbish-after", "2"})) == ErrorCode::bad_message);
}

/// An engine that says just that, whatever it is asked.
Words reciting(const tests::Folder& folder, const std::vector<protocol::Message>& messages) {
    const auto file = folder.path / "said";
    std::ofstream out(file, std::ios::binary);
    for (const auto& message : messages) {
        const auto frame = protocol::encode(message).value();
        out.write(reinterpret_cast<const char*>(frame.data()), std::streamsize(frame.size()));
    }
    return {"/bin/cat", file.string()};
}

void answers_to_another_question_are_an_error() {
    const tests::Folder folder;
    const protocol::Hello hello{.device = "cpu"};
    const protocol::PaintingChunk smaller{.id = 1,
                                          .chunk = {.width = 2, .height = 1, .bytes = protocol::Bytes(6)}};
    CHECK(code_of(reciting(folder, {hello, protocol::Estimate{.id = 1}})) == ErrorCode::bad_message);
    CHECK(code_of(reciting(folder, {hello, smaller, protocol::Done{.id = 1}})) == ErrorCode::bad_message);
    for (const protocol::Message& painting :
         {protocol::Message(smaller), protocol::Message(protocol::Done{.id = 1}),
          protocol::Message(
              protocol::SnapshotChunk{.id = 1, .number = 1, .iteration = 1, .chunk = smaller.chunk})}) {
        EngineClient engine(reciting(folder, {hello, painting}));
        std::optional<ErrorCode> code;
        CHECK(engine.estimate({.settings = {}, .content = {64, 48}, .styles = {{8, 8}}},
                              [&](Result<protocol::Estimate> answer) { code = answer.error().code; }));
        while (!code)
            g_main_context_iteration(nullptr, true);
        CHECK(code == ErrorCode::bad_message);
    }
}

void a_painting_is_as_large_as_the_size_limit_makes_it() {
    const tests::Folder folder;
    const auto content = picture(64, 49), style = picture(8, 8);
    const auto painted = [&](int width, int height) {
        const protocol::PaintingChunk chunk{
            .id = 1, .chunk = {.width = width, .height = height, .bytes = picture(width, height)->bytes}};
        EngineClient engine(
            reciting(folder, {protocol::Hello{.device = "cpu"}, chunk, protocol::Done{.id = 1}}));
        return engine.paint({.settings = {.size_limit = 20}, .content = content, .styles = {{style}}}, {});
    };
    const auto limited = painted(20, 15); // 49 * 20 / 64 = 15.3
    CHECK(limited && limited->picture.width == 20 && limited->picture.height == 15);
    for (const auto& [width, height] : {std::pair(64, 49), std::pair(20, 16), std::pair(19, 15)}) {
        const auto other = painted(width, height);
        CHECK(!other && other.error().code == ErrorCode::bad_message);
    }
}

void nothing_but_a_failure_comes_before_hello() {
    const tests::Folder folder;
    for (const protocol::Message& early :
         {protocol::Message(protocol::Estimate{.id = 1}), protocol::Message(protocol::Done{.id = 1}),
          protocol::Message(protocol::Update{.id = 1}), protocol::Message(protocol::Cancelled{.id = 1})})
        CHECK(code_of(reciting(folder, {early})) == ErrorCode::bad_message);
    const protocol::Failed failed{.error = {ErrorCode::no_device, "There is no such device."}};
    CHECK(code_of(reciting(folder, {failed})) == ErrorCode::no_device);
}

void a_silent_engine_is_given_up() {
    CHECK(code_of(echo_engine({"--no-hello"}), {.hello = 200ms}) == ErrorCode::engine_lost);
}

void an_engine_that_says_that_it_is_starting_is_given_time() {
    EngineClient engine(echo_engine({"--starting", "2500"}), {.hello = 2s});
    CHECK(paint(engine, picture(64, 48)));
    const EngineLimits short_start{.hello = 10s, .start = 200ms};
    CHECK(code_of(echo_engine({"--starting", "0", "--no-hello"}), short_start) == ErrorCode::engine_lost);
}

void an_engine_that_dies_in_the_middle_is_an_error_and_another_is_started() {
    EngineClient engine(echo_engine({"--die-after", "3"}));
    for (int attempt = 0; attempt < 2; ++attempt) {
        const auto painting = paint(engine, picture(64, 48));
        CHECK(!painting && painting.error().code == ErrorCode::engine_lost);
    }
}

void an_engine_killed_between_jobs_is_replaced() {
    EngineClient engine(echo_engine());
    CHECK(paint(engine, picture(64, 48)));
    const auto first = engine.process_id();
    CHECK(kill(std::stoi(first), SIGKILL) == 0);
    while (engine.process_id() ==
           first) // the end is noticed by the main context, which runs under any dialog
        g_main_context_iteration(nullptr, TRUE);
    CHECK(paint(engine, picture(64, 48)));
    CHECK(engine.process_id() != first);
}

void an_error_of_the_engine_keeps_its_code_and_the_engine() {
    EngineClient engine(echo_engine({"--fail", "out-of-memory"}));
    CHECK(engine.start());
    const auto process = engine.process_id();
    const auto painting = paint(engine, picture(64, 48));
    CHECK(!painting && painting.error().code == ErrorCode::out_of_memory);
    CHECK(engine.process_id() == process);
}

void a_banner_and_50_ms_latency_do_no_harm() {
    EngineClient engine(far_engine({"--latency", "50", "--banner", "Welcome to studio"}));
    const auto content = picture(700, 500);
    const auto painting = paint(engine, content);
    CHECK(painting);
    CHECK(painting->picture == *content);
}

void cancel_over_a_slow_connection_ends_within_a_second() {
    EngineClient engine(far_engine({"--latency", "50"}, {"--updates", "100", "--slow", "50"}));
    std::stop_source stop;
    std::chrono::steady_clock::time_point asked;
    const auto painting = paint(
        engine, picture(64, 48),
        [&](const protocol::Update&) {
            asked = std::chrono::steady_clock::now();
            stop.request_stop();
        },
        stop.get_token());
    CHECK(!painting && painting.error().code == ErrorCode::cancelled);
    CHECK(std::chrono::steady_clock::now() - asked < 1s);
}

void a_connection_dropped_in_the_middle_is_an_error() {
    CHECK(code_of(far_engine({"--latency", "5", "--drop-after", "3000"}, {"--updates", "20"})) ==
          ErrorCode::engine_lost);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(the_painting_comes_back),
        TEST(pictures_larger_than_a_chunk_travel_in_pieces),
        TEST(updates_arrive_in_order_with_previews),
        TEST(everything_in_a_job_reaches_the_engine),
        TEST(snapshots_are_handed_over_in_order),
        TEST(what_is_painted_so_far_can_be_kept),
        TEST(jobs_that_nobody_waits_for_are_answered_in_order),
        TEST(what_the_engine_says_on_its_standard_error_is_kept),
        TEST(no_style_is_an_error_and_the_engine_stays),
        TEST(the_engine_stays_for_the_next_job),
        TEST(the_engine_ends_with_its_client),
        TEST(a_stop_before_the_start_starts_nothing_to_wait_for),
        TEST(cancel_early_in_the_middle_and_at_the_end_then_a_full_run),
        TEST(an_engine_that_ignores_cancel_is_killed_after_half_a_second),
        TEST(a_cancel_while_the_engine_starts_ends_at_once),
        TEST(a_cancel_during_an_upload_leaves_the_engine_warm),
        TEST(a_missing_engine_is_an_error),
        TEST(a_program_that_is_no_engine_is_an_error),
        TEST(an_engine_of_another_version_is_an_error),
        TEST(rubbish_is_an_error),
        TEST(answers_to_another_question_are_an_error),
        TEST(a_painting_is_as_large_as_the_size_limit_makes_it),
        TEST(nothing_but_a_failure_comes_before_hello),
        TEST(a_silent_engine_is_given_up),
        TEST(an_engine_that_says_that_it_is_starting_is_given_time),
        TEST(an_engine_that_dies_in_the_middle_is_an_error_and_another_is_started),
        TEST(an_engine_killed_between_jobs_is_replaced),
        TEST(an_error_of_the_engine_keeps_its_code_and_the_engine),
        TEST(a_banner_and_50_ms_latency_do_no_harm),
        TEST(cancel_over_a_slow_connection_ends_within_a_second),
        TEST(a_connection_dropped_in_the_middle_is_an_error),
    });
}
