// SPDX-License-Identifier: GPL-3.0-or-later
/// One engine for several clients: neural-style-engine --shared, with the real network and tiny pictures.
///
///     sharing_test NEURAL_STYLE_ENGINE INTRUDER
#include "cmocka.hpp"
#include "engine_process.hpp"
#include "intrusion.hpp"
#include "test_folder.hpp"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <sys/resource.h>

using namespace neural_style;
using namespace neural_style::protocol;
using namespace std::chrono_literals;
using tests::answer_of;
using tests::EngineProcess;
using tests::JobAnswer;
using tests::pattern;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

std::string neural_style_engine;
std::string intruder;

std::string text_of(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool comes_true(auto condition, std::chrono::milliseconds limit = 10s) {
    for (const auto end = Clock::now() + limit; Clock::now() < end; std::this_thread::sleep_for(10ms))
        if (condition())
            return true;
    return false;
}

/// A runtime folder of the test's own, whose engines end with it.
struct Runtime {
    tests::Folder folder;

    Runtime() { setenv("XDG_RUNTIME_DIR", folder.path.c_str(), 1); }
    ~Runtime() {
        for (const pid_t engine : engines())
            kill(engine, SIGKILL);
        unsetenv("XDG_RUNTIME_DIR");
    }

    fs::path ours() const { return folder.path / "neural-style"; }

    /// The shared engines that listen in it.
    std::vector<pid_t> engines() const {
        std::vector<pid_t> found;
        for (const auto& process : fs::directory_iterator("/proc"))
            if (const auto name = process.path().filename().string();
                std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; }) &&
                text_of(process.path() / "cmdline").contains("--serve=" + ours().string()))
                found.push_back(std::stoi(name));
        return found;
    }
    pid_t engine() const {
        const auto found = engines();
        CHECK(found.size() == 1);
        return found.front();
    }
    std::vector<fs::path> sockets() const {
        std::vector<fs::path> found;
        for (const auto& file : fs::directory_iterator(ours()))
            if (file.is_socket())
                found.push_back(file.path());
        return found;
    }
};

std::vector<std::string> shared(const std::vector<std::string>& options = {}) {
    std::vector<std::string> words{neural_style_engine, "--shared"};
    words.insert(words.end(), options.begin(), options.end());
    return words;
}

bool has_libtorch(pid_t process) {
    return text_of("/proc/" + std::to_string(process) + "/maps").contains("libtorch_cpu");
}

constexpr int endless = 10'000;

/// A client with a photo and a style.
struct Client {
    EngineProcess engine;
    std::string photo, style;

    explicit Client(const std::vector<std::string>& command = shared(), const std::string& errors = {})
        : engine(command, errors) {
        engine.expect<Hello>();
        photo = engine.upload(pattern(Sample::u8, 64, 48, 1));
        style = engine.upload(pattern(Sample::u8, 64, 48, 2));
    }

    void start(std::uint64_t id, int iterations, Quality quality = Quality::draft) {
        Job job{.id = id, .content = photo, .styles = {{.picture = style}}, .sample = Sample::u8};
        job.settings.quality = quality;
        // Else a race decides, which another engine may end differently.
        job.settings.precision = Precision::float32;
        if (quality != Quality::instant)
            job.settings.iterations = iterations;
        engine.send(job);
    }
    /// Until a step has been made.
    void await_step() {
        for (;;)
            if (engine.expect<protocol::Update>().iteration > 0)
                return;
    }
    void cancel(std::uint64_t id) {
        engine.send(Cancel{id});
        CHECK(answer_of(engine, id).is<Cancelled>());
    }
    /// Which does not have to wait for another one.
    Picture painting(std::uint64_t id = 1, int iterations = 3) {
        start(id, iterations);
        auto answer = answer_of(engine, id);
        CHECK(answer.is<Done>());
        CHECK(std::ranges::all_of(answer.updates,
                                  [](const protocol::Update& update) { return update.notice.empty(); }));
        return std::move(answer.painting);
    }
};

void two_clients_have_one_engine() {
    const Runtime runtime;
    Client one, other;
    CHECK(runtime.engines().size() == 1);
    CHECK(has_libtorch(runtime.engine()) && !has_libtorch(one.engine.pid()) &&
          !has_libtorch(other.engine.pid()));
    CHECK(one.painting() == other.painting());
}

void a_shared_engine_paints_what_an_engine_alone_paints() {
    const Runtime runtime;
    Client together, alone({neural_style_engine});
    CHECK(has_libtorch(alone.engine.pid()));
    const auto painting = together.painting();
    CHECK(painting == alone.painting() && painting.bytes != pattern(Sample::u8, 64, 48, 1).bytes);
    Client second;
    CHECK(second.painting() == painting);
}

void an_interrupted_painting_is_the_same_painting() {
    const Runtime runtime;
    Client large, small;
    const auto expected = large.painting(1, 150);
    large.start(2, 150);
    large.await_step();
    small.start(1, 0, Quality::instant);
    CHECK(answer_of(small.engine, 1).is<Done>());
    const auto answer = answer_of(large.engine, 2);
    CHECK(answer.is<Done>() && !answer.updates.empty() && answer.painting == expected);
}

void a_small_painting_goes_before_a_large_one() {
    const Runtime runtime;
    Client large, small;
    large.start(1, endless);
    large.await_step();
    small.start(1, 0, Quality::instant);
    CHECK(answer_of(small.engine, 1).is<Done>());
    large.await_step();
    large.cancel(1);
}

void an_estimate_does_not_wait_for_a_painting() {
    const Runtime runtime;
    Client one, other;
    one.start(1, endless);
    one.await_step();
    Job job{.id = 1, .content = other.photo, .styles = {{.picture = other.style}}};
    job.estimate_only = true;
    other.engine.send(job);
    CHECK(other.engine.expect<protocol::Estimate>().memory_needed > 0);
    one.cancel(1);
}

void a_painting_that_waits_is_alive_and_says_why() {
    const Runtime runtime;
    Client one, other;
    one.start(1, endless);
    one.await_step();
    other.start(1, endless);
    const auto sign = other.engine.expect<protocol::Update>();
    CHECK(sign.iteration == 0 && sign.fraction == 0 && sign.stage == Stage::waiting);
    CHECK(other.engine.expect<protocol::Update>().stage == Stage::waiting);
    one.cancel(1);
    other.await_step();
    other.cancel(1);
}

void cancel_ends_only_its_own_painting() {
    const Runtime runtime;
    Client one, other;
    one.start(1, endless);
    one.await_step();
    other.start(1, endless);
    const auto begin = Clock::now();
    other.cancel(1); // which waits
    CHECK(Clock::now() - begin < 1s);
    one.await_step();
    one.cancel(1);
    CHECK(other.painting(2) == one.painting(2));
}

void a_killed_client_leaves_nothing_behind() {
    const Runtime runtime;
    auto one = std::make_unique<Client>();
    Client other;
    const pid_t engine = runtime.engine();
    one->start(1, endless);
    one->await_step();
    one->engine.kill();
    // It would wait for the other one without end.
    CHECK(other.painting().width == 64);
    CHECK(runtime.engine() == engine);
}

void the_end_of_input_ends_a_conversation_at_once() {
    const Runtime runtime;
    Client one, other;
    one.start(1, endless);
    one.await_step();
    one.engine.close_input();
    CHECK(one.engine.exit_status(10s) == 0);
    CHECK(other.painting().width == 64);
}

void what_cannot_be_understood_ends_only_its_own_conversation() {
    const Runtime runtime;
    Client one, other;
    const Bytes rubbish(1000, std::byte('x'));
    one.engine.send_bytes(rubbish);
    CHECK(one.engine.expect<Failed>().error.code == ErrorCode::bad_message);
    CHECK(one.engine.exit_status(10s) == 1);
    CHECK(other.painting().width == 64);
}

/// The pipe is full when the client goes.
void a_client_that_does_not_read_holds_nobody_up() {
    const Runtime runtime;
    Client other;
    const pid_t engine = runtime.engine();
    std::optional<Client> one(std::in_place);
    const auto photo = one->engine.upload(pattern(Sample::u8, 3000, 2000, 1));
    Job job{.id = 1, .content = photo, .styles = {{.picture = one->style}}, .sample = Sample::f32};
    job.settings.strength = 0; // the photo itself: 72 MB
    one->engine.send(job);
    std::this_thread::sleep_for(1s);
    CHECK(other.painting(1).width == 64);
    one->engine.close_input();
    CHECK(one->engine.exit_status(10s) == 0);
    std::this_thread::sleep_for(11s); // by then a painting that does not stop would end the engine
    CHECK(other.painting(2).width == 64 && runtime.engine() == engine);
}

void a_killed_engine_is_told_and_replaced() {
    const Runtime runtime;
    Client one, other;
    const pid_t engine = runtime.engine();
    one.start(1, endless);
    one.await_step();
    kill(engine, SIGKILL);
    one.engine.last_words();
    other.engine.last_words();
    CHECK(one.engine.exit_status(10s) == 1 && other.engine.exit_status(10s) == 1);
    CHECK(Client().painting().width == 64);
    CHECK(runtime.engine() != engine);
}

/// Both the painting of its client and its socket, at which it still listens.
void an_engine_that_stands_still_is_replaced() {
    const Runtime runtime;
    Client one;
    const pid_t engine = runtime.engine();
    kill(engine, SIGSTOP);
    const auto status = "/proc/" + std::to_string(engine) + "/status";
    CHECK(comes_true([&] { return text_of(status).contains("(stopped)"); }));
    CHECK(Client().painting().width == 64);
    CHECK(runtime.engine() != engine);
}

void the_next_client_finds_it_warm() {
    const Runtime runtime;
    pid_t engine = 0;
    {
        Client one;
        engine = runtime.engine();
    }
    std::this_thread::sleep_for(500ms);
    Client other;
    CHECK(runtime.engine() == engine);
}

void an_engine_that_is_not_used_ends() {
    const Runtime runtime;
    {
        Client one(shared({"--idle", "0.3"}));
        one.painting();
        std::this_thread::sleep_for(1500ms);
        CHECK(runtime.engines().size() == 1 && one.painting(2).width == 64);
    }
    CHECK(comes_true([&] { return runtime.engines().empty(); }));
    CHECK(runtime.sockets().empty());
    CHECK(Client(shared({"--idle", "0.3"})).painting().width == 64);
}

/// One ends while another one comes.
void whoever_comes_at_the_last_moment_is_painted_for() {
    const Runtime runtime;
    for (int i = 0; i < 20; ++i) {
        Client client(shared({"--idle", "0.01"}));
        if (i % 4 == 0)
            CHECK(client.painting().width == 64);
    }
}

void a_socket_left_behind_stops_nobody() {
    const Runtime runtime;
    { const Client one; }
    const pid_t engine = runtime.engine();
    kill(engine, SIGKILL);
    CHECK(comes_true([&] { return runtime.engines().empty(); }));
    CHECK(runtime.sockets().size() == 1);
    CHECK(Client().painting().width == 64);
}

void of_several_starters_at_once_one_starts_an_engine() {
    const Runtime runtime;
    std::deque<EngineProcess> starters;
    for (int i = 0; i < 8; ++i)
        starters.emplace_back(shared());
    for (auto& starter : starters)
        starter.expect<Hello>();
    CHECK(runtime.engines().size() == 1);
}

void other_settings_or_another_program_are_another_engine() {
    const Runtime runtime;
    Client one;
    const Client limited(shared({"--memory-limit", "2000000000"}));
    CHECK(runtime.engines().size() == 2);
    const auto threads = std::getenv("OMP_NUM_THREADS");
    const std::string before = threads ? threads : "";
    setenv("OMP_NUM_THREADS", "2", 1);
    const Client with_threads;
    threads ? setenv("OMP_NUM_THREADS", before.c_str(), 1) : unsetenv("OMP_NUM_THREADS");
    CHECK(runtime.engines().size() == 3);
    const auto copy = runtime.folder.path / "neural-style-engine";
    fs::copy_file(neural_style_engine, copy);
    fs::create_symlink(neural_style_engine + ".so", copy.string() + ".so");
    const Client copied({copy, "--shared"});
    CHECK(runtime.engines().size() == 4);
    setenv("EDITOR", "ed", 1); // which no engine looks at
    const Client same;
    CHECK(runtime.engines().size() == 4);
}

void without_a_private_folder_it_paints_alone() {
    const auto check_alone = [] {
        Client client;
        CHECK(has_libtorch(client.engine.pid()) && client.painting().width == 64);
    };
    const Runtime runtime;
    fs::create_directory(runtime.ours());
    fs::permissions(runtime.ours(), fs::perms(0750));
    check_alone();
    fs::remove(runtime.ours());
    const tests::Folder elsewhere;
    fs::create_directory_symlink(elsewhere.path, runtime.ours());
    check_alone();
    CHECK(fs::is_empty(elsewhere.path));
    const auto deep = runtime.folder.path / std::string(90, 'd');
    fs::create_directory(deep);
    for (const auto& folder : {deep.string(), std::string("relative"), std::string("/nowhere")}) {
        setenv("XDG_RUNTIME_DIR", folder.c_str(), 1);
        check_alone();
    }
    unsetenv("XDG_RUNTIME_DIR");
    check_alone();
    CHECK(runtime.engines().empty());
}

void an_engine_that_cannot_open_is_told() {
    const Runtime runtime;
    EngineProcess engine(shared({"--network", "/nowhere/network.safetensors"}),
                         runtime.folder.path / "errors");
    CHECK(engine.expect<Failed>().error.code == ErrorCode::bad_weights);
    CHECK(engine.exit_status(10s) == 1);
    CHECK(text_of(runtime.folder.path / "errors").contains("/nowhere"));
    EngineProcess wrong(shared({"--idle", "long"}), runtime.folder.path / "errors");
    CHECK(wrong.exit_status(60s) == 2);
    CHECK(runtime.engines().empty());
}

void the_desktop_goes_first() {
    const Runtime runtime;
    const Client client;
    CHECK(getpriority(PRIO_PROCESS, id_t(runtime.engine())) >=
          std::min(19, getpriority(PRIO_PROCESS, 0) + 5));
    // Its session too, by which some kernels share out the processor first: "/autogroup-12 nice 5".
    std::ifstream session("/proc/" + std::to_string(runtime.engine()) + "/autogroup");
    for (std::string word; session >> word;)
        if (word == "nice")
            CHECK(session >> word && std::stoi(word) == getpriority(PRIO_PROCESS, id_t(runtime.engine())));
}

void whoever_takes_it_over_can_do_nothing_and_it_paints_for_all() {
    if (!tests::has_landlock())
        tests::skip_test("this kernel has no Landlock");
    const Runtime runtime;
    const tests::Intrusion intrusion(intruder);
    Client one(shared({"--idle", "0"}));
    const pid_t engine = runtime.engine();
    CHECK(intrusion.is_repelled_by(engine));
    Client other(shared({"--idle", "0"}));
    CHECK(one.painting() == other.painting());
    CHECK(intrusion.is_repelled_by(engine) && runtime.engine() == engine);
    one.engine.close_input();
    other.engine.close_input();
    CHECK(comes_true([&] { return runtime.engines().empty(); }));
    CHECK(runtime.sockets().empty()); // the only file that it removes
}

} // namespace

int main(int count, char** values) {
    if (count != 3)
        return 2;
    neural_style_engine = fs::absolute(values[1]);
    intruder = fs::absolute(values[2]);
    return tests::run_tests({
        TEST(two_clients_have_one_engine),
        TEST(a_shared_engine_paints_what_an_engine_alone_paints),
        TEST(an_interrupted_painting_is_the_same_painting),
        TEST(a_small_painting_goes_before_a_large_one),
        TEST(an_estimate_does_not_wait_for_a_painting),
        TEST(a_painting_that_waits_is_alive_and_says_why),
        TEST(cancel_ends_only_its_own_painting),
        TEST(a_killed_client_leaves_nothing_behind),
        TEST(the_end_of_input_ends_a_conversation_at_once),
        TEST(what_cannot_be_understood_ends_only_its_own_conversation),
        TEST(a_client_that_does_not_read_holds_nobody_up),
        TEST(a_killed_engine_is_told_and_replaced),
        TEST(an_engine_that_stands_still_is_replaced),
        TEST(the_next_client_finds_it_warm),
        TEST(an_engine_that_is_not_used_ends),
        TEST(whoever_comes_at_the_last_moment_is_painted_for),
        TEST(a_socket_left_behind_stops_nobody),
        TEST(of_several_starters_at_once_one_starts_an_engine),
        TEST(other_settings_or_another_program_are_another_engine),
        TEST(without_a_private_folder_it_paints_alone),
        TEST(an_engine_that_cannot_open_is_told),
        TEST(the_desktop_goes_first),
        TEST(whoever_takes_it_over_can_do_nothing_and_it_paints_for_all),
    });
}
