// SPDX-License-Identifier: GPL-3.0-or-later
/// The conversation through the worst of ssh connections.
///
///     connection_test ECHO_ENGINE FLAKY_SSH
#include "cmocka.hpp"
#include "engine_process.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>

using namespace neural_style;
using namespace neural_style::protocol;
using namespace std::chrono_literals;
using tests::answer_of;
using tests::EngineProcess;
using tests::JobAnswer;
using tests::pattern;

namespace {

std::string echo_engine;
std::string flaky_ssh;

Job job(EngineProcess& engine, const Picture& photo) {
    const std::string name = engine.upload(photo);
    return {.id = 1, .content = name, .styles = {{.picture = name}}, .sample = photo.sample};
}

void a_painting_comes_through_latency_and_banner() {
    EngineProcess engine({flaky_ssh, "--latency", "50", "--banner", "Hello from studio", echo_engine});
    engine.expect<Hello>();
    CHECK(engine.decoder().banner() == "Hello from studio\n");
    const Picture photo = pattern(Sample::f32, 640, 480);
    engine.send(job(engine, photo));
    CHECK(answer_of(engine, 1).painting == photo);
    engine.close_input();
    CHECK(engine.exit_status(2s) == 0);
}

void cancel_comes_through() {
    EngineProcess engine({flaky_ssh, "--latency", "50", echo_engine, "--slow", "60000"});
    engine.expect<Hello>();
    engine.send(job(engine, pattern(Sample::u8, 64, 48)));
    engine.send(Cancel{1});
    CHECK(answer_of(engine, 1).is<Cancelled>());
}

/// The connection breaks within a preview. The client is told, and the remote engine does not keep running.
void a_broken_connection_is_noticed_at_both_ends() {
    const auto folder =
        std::filesystem::temp_directory_path() / ("connection_test-" + std::to_string(getpid()));
    std::filesystem::create_directory(folder);
    const std::string pid_file = folder / "pid";
    EngineProcess engine({flaky_ssh, "--latency", "50", "--drop-after", "20000", "sh", "-c",
                          "echo $$ > " + pid_file + "; exec " + echo_engine + " --slow 20"},
                         folder / "errors");
    engine.expect<Hello>();
    engine.send(job(engine, pattern(Sample::u8, 64, 48)));
    CHECK(engine.last_words().code == ErrorCode::engine_lost);
    CHECK(engine.exit_status(1s) == 255);

    pid_t remote = 0;
    std::ifstream(pid_file) >> remote;
    CHECK(remote > 0);
    // An orphaned engine is reaped by another process; until then it is a zombie, which counts as gone.
    auto gone = [&] {
        std::ifstream stat("/proc/" + std::to_string(remote) + "/stat");
        std::string line;
        return !std::getline(stat, line) || line.contains(") Z");
    };
    for (int i = 0; i < 100 && !gone(); ++i)
        std::this_thread::sleep_for(10ms);
    CHECK(gone());
    std::filesystem::remove_all(folder);
}

void a_command_missing_at_the_other_end_is_quoted() {
    EngineProcess engine({flaky_ssh, "neural-style-engine-that-is-not-there"});
    const auto hello = engine.receive();
    CHECK(!hello && hello.error().code == ErrorCode::engine_lost);
    CHECK(hello.error().message.contains("neural-style-engine-that-is-not-there: not found"));
    CHECK(engine.exit_status(2s) == 127);
}

} // namespace

int main(int count, char** values) {
    if (count != 3)
        return 2;
    echo_engine = values[1];
    flaky_ssh = values[2];
    return tests::run_tests({
        TEST(a_painting_comes_through_latency_and_banner),
        TEST(cancel_comes_through),
        TEST(a_broken_connection_is_noticed_at_both_ends),
        TEST(a_command_missing_at_the_other_end_is_quoted),
    });
}
