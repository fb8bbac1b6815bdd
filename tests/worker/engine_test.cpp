// SPDX-License-Identifier: GPL-3.0-or-later
/// neural-style-engine itself, over pipes, with the real network and tiny pictures.
///
///     engine_test NEURAL_STYLE_ENGINE FLAKY_SSH INTRUDER
#include "cmocka.hpp"
#include "engine_process.hpp"
#include "intrusion.hpp"
#include "test_folder.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <pty.h>
#include <sys/resource.h>
#include <utility>

using namespace neural_style;
using namespace neural_style::protocol;
using namespace std::chrono_literals;
using tests::answer_of;
using tests::EngineProcess;
using tests::Folder;
using tests::Intrusion;
using tests::JobAnswer;
using tests::pattern;

namespace {

std::string neural_style_engine;
std::string flaky_ssh;
std::string intruder;

std::vector<std::string> command(const std::vector<std::string>& options = {}) {
    std::vector<std::string> words{neural_style_engine};
    words.insert(words.end(), options.begin(), options.end());
    return words;
}

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A ready engine with a photo and a style, 64 x 48 pixels each.
struct Studio {
    EngineProcess engine;
    std::string photo;
    std::string style;

    explicit Studio(std::vector<std::string> command_line = command()) : engine(command_line) {
        engine.expect<Hello>();
        photo = engine.upload(pattern(Sample::u8, 64, 48, 1));
        style = engine.upload(pattern(Sample::u8, 64, 48, 2));
    }
    void start(std::uint64_t id, int iterations = 3) {
        Job job{.id = id, .content = photo, .styles = {{.picture = style}}, .sample = Sample::u8};
        job.settings.quality = Quality::draft;
        job.settings.iterations = iterations;
        engine.send(job);
    }
    Picture check_full_run(std::uint64_t id) {
        start(id);
        JobAnswer answer = answer_of(engine, id);
        CHECK(answer.is<Done>());
        CHECK(answer.painting.width == 64 && answer.painting.height == 48);
        CHECK(std::get<Done>(answer.last).seconds > 0);
        double before = 0;
        for (const auto& update : answer.updates) {
            CHECK(update.fraction >= before);
            before = update.fraction;
        }
        return std::move(answer.painting);
    }
};

void hello_names_the_network_and_its_layers() {
    EngineProcess engine(command());
    const auto hello = engine.expect<Hello>();
    CHECK(hello.engine_version == NEURAL_STYLE_VERSION);
    CHECK(!hello.networks.empty() && hello.networks[0].operations > 1000 && hello.networks[0].bytes > 1000 &&
          hello.networks[0].name == "painter" && hello.networks[0].layers.size() > 3);
    CHECK(!hello.device.empty() && !hello.devices.empty());
}

void one_process_paints_many_times_and_always_the_same() {
    Studio studio;
    const Picture first = studio.check_full_run(1);
    const Picture second = studio.check_full_run(2);
    CHECK(first == second);
    CHECK(first.bytes != pattern(Sample::u8, 64, 48, 1).bytes);
}

/// A mask with that value on the left half and 0 elsewhere.
Picture left_half(std::uint8_t value) {
    Picture mask{.sample = Sample::u8, .width = 64, .height = 48, .channels = 1, .bytes = Bytes(64 * 48)};
    for (std::size_t i = 0; i < mask.bytes.size(); ++i)
        if (i % 64 < 32)
            mask.bytes[i] = std::byte(value);
    return mask;
}

/// Mean difference of those columns, in steps of 8 bits.
double difference(const Picture& a, const Picture& b, std::size_t left, std::size_t right) {
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < a.bytes.size(); ++i)
        if (const std::size_t x = i / 3 % 64; x >= left && x < right) {
            sum += std::abs(int(a.bytes[i]) - int(b.bytes[i]));
            ++count;
        }
    return sum / double(count);
}

void masks_reach_the_engine() {
    Studio studio;
    Job job{.id = 1, .content = studio.photo, .styles = {{.picture = studio.style}}};
    job.settings.quality = Quality::draft;
    job.settings.iterations = 3;
    job.settings.start = Start::noise;
    job.protect = studio.engine.upload(left_half(255));
    studio.engine.send(job);
    const auto answer = answer_of(studio.engine, 1);
    CHECK(answer.is<Done>());
    const Picture photo = pattern(Sample::u8, 64, 48, 1);
    CHECK(difference(answer.painting, photo, 0, 30) < 2);
    CHECK(difference(answer.painting, photo, 34, 64) > 10);
}

void regions_and_shares_reach_the_engine() {
    Studio studio;
    const std::string other = studio.engine.upload(pattern(Sample::u8, 64, 48, 3));
    const std::string mask = studio.engine.upload(left_half(255));
    Job job{.id = 1, .content = studio.photo, .styles = {{studio.style, {}}, {other, {}}}};
    job.settings.quality = Quality::draft;
    job.settings.iterations = 8;
    std::vector<Picture> paintings;
    const auto paint = [&] {
        studio.engine.send(job);
        auto answer = answer_of(studio.engine, job.id++);
        CHECK(answer.is<Done>());
        paintings.push_back(std::move(answer.painting));
    };
    paint();
    job.settings.blend = {9, 1};
    paint();
    job.settings.blend = {};
    job.styles[1].region = mask;
    paint();
    CHECK(paintings[0] != paintings[1] && paintings[0] != paintings[2] && paintings[1] != paintings[2]);
}

void snapshots_come_from_the_engine() {
    Studio studio;
    Job job{.id = 1, .content = studio.photo, .styles = {{studio.style, {}}}, .snapshot_every = 2};
    job.settings.quality = Quality::draft;
    job.settings.iterations = 6;
    studio.engine.send(job);
    const auto answer = answer_of(studio.engine, 1);
    CHECK(answer.is<Done>() && answer.snapshots.size() >= 3);
    for (std::size_t i = 0; i < answer.snapshots.size(); ++i)
        CHECK(answer.snapshots[i].number == int(i) + 1 && answer.snapshots[i].iteration % 2 == 0);
    studio.check_full_run(2);
}

void an_estimate_is_answered() {
    Studio studio;
    Job job{.id = 1, .content = studio.photo, .styles = {{.picture = studio.style}}};
    job.estimate_only = true;
    studio.engine.send(job);
    const auto estimate = studio.engine.expect<protocol::Estimate>();
    CHECK(estimate.memory_needed > 0 && estimate.time_needed > 0 && estimate.tiles >= 1 &&
          !estimate.device.empty());
}

void cancel_at_the_start_then_a_full_run() {
    Studio studio;
    studio.start(1, 10000);
    studio.engine.send(Cancel{1});
    CHECK(answer_of(studio.engine, 1).is<Cancelled>());
    studio.check_full_run(2);
}

/// Cancels at that fraction of the job, and expects the answer within a second.
void cancel_at(double fraction, int iterations) {
    Studio studio;
    studio.start(1, iterations);
    bool sent = false;
    std::chrono::steady_clock::time_point when;
    const auto answer = answer_of(
        studio.engine, 1,
        [&](const JobAnswer& so_far) {
            if (!sent && so_far.updates.back().fraction >= fraction) {
                sent = true;
                when = std::chrono::steady_clock::now();
                studio.engine.send(Cancel{1});
            }
        },
        [] {});
    CHECK(sent);
    // At the very end the painting may be faster than the request to stop.
    CHECK(answer.is<Cancelled>() || (fraction == 1 && answer.is<Done>()));
    CHECK(std::chrono::steady_clock::now() - when < 1s);
    studio.check_full_run(2);
}

void cancel_early_then_a_full_run() {
    cancel_at(0.001, 10000);
}
void cancel_in_the_middle_then_a_full_run() {
    cancel_at(0.5, 60);
}
void cancel_at_the_end_then_a_full_run() {
    cancel_at(1, 3);
}

/// Whoever catches a crash needs locks that the crashed thread may hold, and then nobody learns of it.
void a_crash_is_caught_by_nobody() {
#ifdef __SANITIZE_ADDRESS__
    tests::skip_test("the sanitizer catches crashes");
#else
    Studio studio;
    const auto status = text_of("/proc/" + std::to_string(studio.engine.pid()) + "/status");
    const auto at = status.find("SigCgt:");
    assert_true(at != std::string::npos);
    const auto caught = std::stoull(status.substr(at + 7), nullptr, 16);
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT})
        assert_int_equal(caught >> (signal - 1) & 1, 0);
#endif
}

void a_hangup_ends_a_painting_engine() {
    std::signal(SIGHUP, SIG_DFL); // ignored under nohup, which is inherited
    Studio studio;
    studio.start(1, 10000);
    studio.engine.expect<protocol::Update>();
    studio.engine.kill(SIGHUP);
    assert_int_equal(studio.engine.exit_status(5s), 130);
}

void end_of_input_ends_a_painting_engine_at_once() {
    Studio studio;
    studio.start(1, 10000);
    studio.engine.expect<protocol::Update>();
    studio.engine.close_input();
    CHECK(studio.engine.exit_status(1s) == 0);
}

void a_painting_comes_through_a_bad_connection() {
    Studio studio({flaky_ssh, "--latency", "50", "--banner", "Welcome", neural_style_engine});
    studio.check_full_run(1);
}

void a_setting_out_of_range_fails_the_job_only() {
    Studio studio;
    Job job{.id = 1, .content = studio.photo, .styles = {{.picture = studio.style}}};
    job.settings.strength = 7;
    studio.engine.send(job);
    const auto failed = studio.engine.expect<Failed>();
    CHECK(failed.id == 1 && failed.error.code == ErrorCode::invalid_request && failed.missing.empty());
    studio.check_full_run(2);
}

void a_job_over_the_memory_limit_is_refused() {
    Studio studio(command({"--memory-limit", "1000000"}));
    studio.start(1);
    const auto answer = answer_of(studio.engine, 1);
    CHECK(answer.is<Failed>() && std::get<Failed>(answer.last).error.code == ErrorCode::over_limit);
}

/// A frame for the client, a sentence for the log, and a status for the shell.
void check_cannot_open(const std::vector<std::string>& options, ErrorCode code) {
    const Folder folder;
    EngineProcess engine(command(options), folder.path / "errors");
    const auto failed = engine.expect<Failed>();
    CHECK(failed.id == 0 && failed.error.code == code && !failed.error.message.empty());
    CHECK(engine.exit_status(2s) == 1);
    CHECK(text_of(folder.path / "errors").contains(failed.error.message));
}

void weights_that_cannot_be_used_are_told() {
    const Folder folder;
    const std::string empty = folder.path / "empty.safetensors";
    std::ofstream(empty).flush();
    check_cannot_open({"--network", "/nowhere/network.safetensors"}, ErrorCode::bad_weights);
    check_cannot_open({"--network=" + empty}, ErrorCode::bad_weights);
    check_cannot_open({"--data", folder.path}, ErrorCode::bad_weights);
}

/// A data folder whose trained styles are the given files, each a header without tensors.
void with_trained_styles(const Folder& folder, const std::map<std::string, std::string>& titles) {
    const std::filesystem::path data = std::getenv("NEURAL_STYLE_DATA");
    std::filesystem::create_directory(folder.path / "models");
    for (const auto* network : {"painter.safetensors", "encoder.safetensors", "decoder.safetensors"})
        std::filesystem::create_symlink(data / "models" / network, folder.path / "models" / network);
    for (const auto& [name, title] : titles) {
        const auto header =
            R"({"__metadata__":{"format":"neural-style-feed-forward/1","title":")" + title + R"("}})";
        std::ofstream file(folder.path / "models" / (name + ".safetensors"), std::ios::binary);
        const std::uint64_t length = header.size();
        file.write(reinterpret_cast<const char*>(&length), sizeof length);
        file << header;
    }
}

void whatever_trained_styles_there_are_the_engine_paints() {
    const Folder folder;
    std::map<std::string, std::string> titles{{std::string(70, 'n'), "A name that is too long"},
                                              {"a-novel", std::string(200'000, 'x')}};
    for (int i = 0; i < 1500; ++i)
        titles.emplace("b-style-" + std::to_string(i),
                       "A title of middle length, as many are " + std::to_string(i));
    with_trained_styles(folder, titles);
    const auto errors = folder.path / "errors";
    EngineProcess engine(command({"--data", folder.path}), errors);
    const auto hello = engine.expect<Hello>();
    CHECK(hello.trained_styles.size() > 100 && hello.trained_styles.front().name == "a-novel");
    CHECK(text_of(errors).contains(std::string(70, 'n')) && text_of(errors).contains("too many"));
    Job job{.id = 1,
            .content = engine.upload(pattern(Sample::u8, 32, 32, 1)),
            .styles = {{.picture = engine.upload(pattern(Sample::u8, 32, 32, 2))}}};
    job.settings.iterations = 1;
    engine.send(job);
    CHECK(answer_of(engine, 1).is<Done>());
}

void a_device_that_is_not_there_is_told() {
    check_cannot_open({"--device", "cuda:97"}, ErrorCode::no_device);
}

void wrong_options_are_told() {
    for (const std::vector<std::string>& options :
         {std::vector<std::string>{"--colour"}, {"--device"}, {"--memory-limit", "much"}, {"extra"}}) {
        const Folder folder;
        EngineProcess engine(command(options), folder.path / "errors");
        CHECK(engine.exit_status(10s) == 2);
        CHECK(text_of(folder.path / "errors").starts_with("neural-style-engine: "));
    }
}

void the_desktop_goes_first() {
    Studio studio;
    CHECK(getpriority(PRIO_PROCESS, id_t(studio.engine.pid())) >=
          std::min(19, getpriority(PRIO_PROCESS, 0) + 5));
}

void whoever_takes_it_over_can_do_nothing_and_it_paints_on() {
    if (!tests::has_landlock())
        tests::skip_test("this kernel has no Landlock");
    const Intrusion intrusion(intruder);
    Studio studio;
    CHECK(intrusion.is_repelled_by(studio.engine.pid()));
    studio.start(1, 30);
    bool tried = false;
    const auto answer = answer_of(
        studio.engine, 1,
        [&](const JobAnswer&) {
            if (!std::exchange(tried, true))
                CHECK(intrusion.is_repelled_by(studio.engine.pid()));
        },
        [] {});
    CHECK(tried && answer.is<Done>() && answer.painting.width == 64);
    CHECK(intrusion.victim_is_whole());
}

void somebody_at_a_terminal_is_told_who_it_is_for() {
    int terminal = -1;
    const pid_t engine = forkpty(&terminal, nullptr, nullptr, nullptr);
    if (engine == 0) {
        execl(neural_style_engine.c_str(), neural_style_engine.c_str(), nullptr);
        _exit(127);
    }
    std::string said;
    char piece[512];
    for (ssize_t length; (length = read(terminal, piece, sizeof piece)) > 0;)
        said.append(piece, std::size_t(length));
    close(terminal);
    int status = 0;
    CHECK(waitpid(engine, &status, 0) == engine);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 2);
    CHECK(said.contains("--help"));
}

void help_and_version_leave_at_once() {
    for (const auto& [option, last_line] :
         {std::pair("--help", "when an option is wrong."),
          std::pair("--version", "neural-style-engine " NEURAL_STYLE_VERSION)}) {
        EngineProcess engine(command({option}));
        CHECK(engine.last_words().message.contains(last_line));
        CHECK(engine.exit_status(10s) == 0);
    }
}

} // namespace

int main(int count, char** values) {
    if (count != 4)
        return 2;
    neural_style_engine = values[1];
    flaky_ssh = values[2];
    intruder = values[3];
    return tests::run_tests({
        TEST(hello_names_the_network_and_its_layers),
        TEST(one_process_paints_many_times_and_always_the_same),
        TEST(masks_reach_the_engine),
        TEST(regions_and_shares_reach_the_engine),
        TEST(snapshots_come_from_the_engine),
        TEST(an_estimate_is_answered),
        TEST(cancel_at_the_start_then_a_full_run),
        TEST(cancel_early_then_a_full_run),
        TEST(cancel_in_the_middle_then_a_full_run),
        TEST(cancel_at_the_end_then_a_full_run),
        TEST(a_crash_is_caught_by_nobody),
        TEST(a_hangup_ends_a_painting_engine),
        TEST(end_of_input_ends_a_painting_engine_at_once),
        TEST(a_painting_comes_through_a_bad_connection),
        TEST(a_setting_out_of_range_fails_the_job_only),
        TEST(a_job_over_the_memory_limit_is_refused),
        TEST(whatever_trained_styles_there_are_the_engine_paints),
        TEST(weights_that_cannot_be_used_are_told),
        TEST(a_device_that_is_not_there_is_told),
        TEST(wrong_options_are_told),
        TEST(the_desktop_goes_first),
        TEST(whoever_takes_it_over_can_do_nothing_and_it_paints_on),
        TEST(somebody_at_a_terminal_is_told_who_it_is_for),
        TEST(help_and_version_leave_at_once),
    });
}
