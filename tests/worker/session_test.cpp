// SPDX-License-Identifier: GPL-3.0-or-later
/// The conversation over real pipes, with an engine that echoes.
///
///     session_test ECHO_ENGINE
#include "cmocka.hpp"
#include "engine_process.hpp"

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

std::vector<std::string> echo(const std::vector<std::string>& options = {}) {
    std::vector<std::string> words{echo_engine};
    words.insert(words.end(), options.begin(), options.end());
    return words;
}

/// An engine that has sent Hello and holds two pictures.
struct Studio {
    EngineProcess engine;
    Picture photo;
    std::string photo_name;
    std::string style_name;

    explicit Studio(const std::vector<std::string>& options = {},
                    Picture content = pattern(Sample::u8, 64, 48))
        : engine(echo(options)), photo(std::move(content)) {
        engine.expect<Hello>();
        photo_name = engine.upload(photo);
        style_name = engine.upload(pattern(Sample::u8, 20, 30, 5));
    }

    Job job(std::uint64_t id) const {
        return {.id = id, .content = photo_name, .styles = {{.picture = style_name}}, .sample = photo.sample};
    }
    void start(std::uint64_t id) { engine.send(job(id)); }
    void check_full_run(std::uint64_t id) {
        start(id);
        const JobAnswer answer = answer_of(engine, id);
        CHECK(answer.is<Done>());
        CHECK(answer.painting == photo);
        CHECK(!answer.updates.empty() && answer.updates.back().fraction == 1);
    }
};

// --- painting

void hello_comes_first_and_tells_versions_and_layers() {
    EngineProcess engine(echo());
    const auto hello = engine.expect<Hello>();
    CHECK(hello.protocol_version == protocol::version);
    CHECK(hello.engine_version == NEURAL_STYLE_VERSION);
    CHECK(!hello.devices.empty() && hello.devices[0].name == hello.device);
    CHECK(!hello.networks.empty() && !hello.networks[0].layers.empty());
}

void every_sample_kind_comes_back_exactly() {
    for (Sample sample : {Sample::u8, Sample::u16, Sample::f32}) {
        Studio studio({}, pattern(sample, 33, 7));
        studio.check_full_run(1);
    }
}

void a_picture_of_many_chunks_comes_back_exactly() {
    Studio studio({}, pattern(Sample::f32, 1201, 803)); // 11 MiB
    studio.check_full_run(1);
}

void one_pixel_is_a_picture() {
    Studio studio({}, pattern(Sample::u8, 1, 1));
    studio.check_full_run(1);
}

void the_painting_comes_in_the_sample_kind_that_was_asked() {
    Studio studio;
    Job job = studio.job(1);
    job.sample = Sample::f32;
    studio.engine.send(job);
    const auto painting = answer_of(studio.engine, 1).painting;
    CHECK(painting.sample == Sample::f32);
    CHECK(pack(unpack(painting.bytes, Sample::f32), Sample::u8) == studio.photo.bytes);
}

void updates_go_forward_and_bring_previews() {
    Studio studio({"--updates", "40"}, pattern(Sample::u8, 800, 200));
    studio.start(1);
    const JobAnswer answer = answer_of(studio.engine, 1);
    CHECK(answer.is<Done>());
    double before = -1;
    int previews = 0;
    for (const auto& update : answer.updates) {
        CHECK(update.fraction >= before && update.width == 800 && update.height == 200);
        before = update.fraction;
        if (update.preview_width > 0) {
            CHECK(update.preview_width == 384 && update.preview_height == 96);
            ++previews;
        }
    }
    CHECK(previews > 0);
}

void pictures_stay_between_jobs() {
    Studio studio;
    for (std::uint64_t id : {1, 2, 3})
        studio.check_full_run(id);
}

void jobs_run_in_order() {
    Studio studio;
    for (std::uint64_t id : {5, 3, 9})
        studio.start(id);
    for (std::uint64_t id : {5, 3, 9})
        CHECK(answer_of(studio.engine, id).is<Done>());
}

void an_estimate_needs_no_upload() {
    EngineProcess engine(echo());
    engine.expect<Hello>();
    Job job{.id = 1,
            .content = picture_name(Sample::f32, 6000, 4000, 1),
            .styles = {{.picture = picture_name(Sample::u8, 9, 9, 2)}}};
    job.estimate_only = true;
    job.protect = picture_name(Sample::u8, 6000, 4000, 3, mask_channels);
    engine.send(job);
    const auto estimate = engine.expect<protocol::Estimate>();
    CHECK(estimate.memory_needed == 6000ull * 4000 * 3 * 4);
    CHECK(estimate.tiles == 2); // the echo's reply for one style
}

void a_failure_is_told_with_its_code() {
    Studio studio({"--fail", "out-of-memory"});
    studio.start(1);
    const auto answer = answer_of(studio.engine, 1);
    CHECK(answer.is<Failed>() && std::get<Failed>(answer.last).error.code == ErrorCode::out_of_memory);
    CHECK(std::get<Failed>(answer.last).missing.empty());
}

void an_exception_fails_the_job_only() {
    Studio studio({"--throw"});
    for (std::uint64_t id : {1, 2}) {
        studio.start(id);
        const auto answer = answer_of(studio.engine, id);
        CHECK(answer.is<Failed>() && std::get<Failed>(answer.last).error.code == ErrorCode::internal);
    }
}

void a_library_that_prints_does_not_disturb() {
    Studio studio({"--chatter"});
    studio.check_full_run(1);
}

// --- what a job may hold

/// A job with everything possible, as described or shown by the echo engine.
struct FullJob {
    Picture region = tests::mask_pattern(Sample::u8, 64, 48, 11);
    Picture protect = tests::mask_pattern(Sample::u16, 64, 48, 12);
    Picture refine = pattern(Sample::u8, 64, 48, 13);
    Picture second_style = pattern(Sample::u8, 64, 48, 14);
    Picture alpha = tests::mask_pattern(Sample::u8, 64, 48, 15);
    Picture moved = pattern(Sample::u16, 64, 48, 16);
    Picture trusted = tests::mask_pattern(Sample::u8, 64, 48, 17);
    Picture shot = pattern(Sample::u8, 64, 48, 18);
    Job job;

    FullJob(Studio& studio, std::uint64_t id) : job(studio.job(id)) {
        job.styles.push_back(
            {studio.engine.upload(second_style), studio.engine.upload(region), studio.engine.upload(alpha)});
        job.protect = studio.engine.upload(protect);
        job.refine = studio.engine.upload(refine);
        job.moved = studio.engine.upload(moved);
        job.trusted = studio.engine.upload(trusted);
        job.steadiness = 0.5;
        job.shot = studio.engine.upload(shot);
        job.memory_limit = 123456789;
        job.snapshot_every = 5;
    }
};

void everything_in_a_job_reaches_the_painter() {
    Studio studio({"--recite"});
    studio.engine.send(FullJob(studio, 1).job);
    const auto failed = studio.engine.expect<Failed>();
    CHECK(failed.error.message ==
          "content 64x48, styles 20x30 64x48@64x48 partly seen, protect, refine, "
          "moved, steadiness 0.5, shot 64x48, memory-limit 123456789, snapshot-every 5.");
}

Picture shown(const char* what) {
    Studio studio({"--show", what});
    FullJob full(studio, 1);
    full.job.sample = Sample::u16;
    full.job.snapshot_every = 0;
    studio.engine.send(full.job);
    return answer_of(studio.engine, 1).painting;
}

Bytes grey(const Picture& mask) {
    const auto values = unpack(mask.bytes, mask.sample);
    std::vector<float> samples;
    for (const float value : values)
        samples.insert(samples.end(), 3, value);
    return pack(samples, Sample::u16);
}

void each_picture_takes_its_own_part() {
    Studio studio;
    const FullJob full(studio, 1);
    CHECK(shown("style:2").bytes == pack(unpack(full.second_style.bytes, Sample::u8), Sample::u16));
    CHECK(shown("region:2").bytes == grey(full.region));
    CHECK(shown("region:1").bytes == Bytes(shown("region:1").bytes.size())); // it has none
    CHECK(shown("alpha:2").bytes == grey(full.alpha));
    CHECK(shown("protect").bytes == grey(full.protect));
    CHECK(shown("refine").bytes == pack(unpack(full.refine.bytes, Sample::u8), Sample::u16));
    CHECK(shown("moved").bytes == full.moved.bytes);
    CHECK(shown("trusted").bytes == grey(full.trusted));
    CHECK(shown("shot").bytes == pack(unpack(full.shot.bytes, Sample::u8), Sample::u16));
}

void snapshots_come_whole_numbered_and_in_order() {
    Studio studio({"--updates", "12"}, pattern(Sample::f32, 500, 400)); // three chunks each
    Job job = studio.job(1);
    job.snapshot_every = 4;
    studio.engine.send(job);
    const auto answer = answer_of(studio.engine, 1);
    CHECK(answer.is<Done>() && answer.painting == studio.photo);
    CHECK(answer.snapshots.size() == 3);
    for (int i = 0; i < 3; ++i) {
        const auto& snapshot = answer.snapshots[std::size_t(i)];
        CHECK(snapshot.number == i + 1 && snapshot.iteration == 4 * (i + 1));
        CHECK(snapshot.picture == studio.photo);
    }
    studio.check_full_run(2);
}

/// Updates are dropped for a client that does not read, but not because snapshots fill the pipe.
void no_update_is_lost_to_snapshots() {
    Studio studio({"--updates", "60"}, pattern(Sample::f32, 500, 400));
    Job job = studio.job(1);
    job.snapshot_every = 1;
    studio.engine.send(job);
    const auto answer = answer_of(studio.engine, 1);
    CHECK(answer.is<Done>() && answer.snapshots.size() == 60 && answer.updates.size() == 60);
}

/// The answer to job 1, which is cancelled when the first pixels arrive.
JobAnswer cancelled_as_pixels_arrive(Studio& studio) {
    bool cancelled = false;
    return answer_of(
        studio.engine, 1, [](const JobAnswer&) {},
        [&] {
            if (!std::exchange(cancelled, true))
                studio.engine.send(Cancel{1});
        });
}

void cancel_while_a_snapshot_arrives() {
    Studio studio({"--updates", "100"}, pattern(Sample::f32, 2000, 1500));
    Job job = studio.job(1);
    job.snapshot_every = 1;
    studio.engine.send(job);
    const auto answer = cancelled_as_pixels_arrive(studio);
    CHECK(answer.is<Cancelled>() && answer.snapshots.size() < 3);
    studio.check_full_run(2);
}

void a_kept_job_is_done_with_what_is_there() {
    Studio studio({"--updates", "500", "--slow", "20"});
    studio.start(1);
    bool sent = false;
    const auto answer = answer_of(
        studio.engine, 1,
        [&](const JobAnswer&) {
            if (!std::exchange(sent, true))
                studio.engine.send(Keep{1});
        },
        [] {});
    CHECK(answer.is<Done>() && answer.updates.size() < 100);
    studio.engine.send(Keep{1}); // already finished
    studio.engine.send(Keep{99});
}

void a_notice_is_passed_on() {
    Studio studio({"--notice", "Memory ran out: it goes on in smaller tiles."});
    studio.start(1);
    const auto answer = answer_of(studio.engine, 1);
    CHECK(answer.updates.at(0).notice == "Memory ran out: it goes on in smaller tiles.");
    CHECK(answer.updates.at(1).notice.empty());
}

void a_notice_without_end_is_cut() {
    // Cut inside a character, which is dropped.
    const std::string words(notice_bytes_max / 3 - 1, 'x');
    Studio studio({"--notice", words + "ä and more"});
    studio.start(1);
    CHECK(answer_of(studio.engine, 1).updates.at(0).notice == words);
    // Bytes that are not text are longer on the wire, and still arrive.
    Studio other({"--notice", std::string(notice_bytes_max, '\xff')});
    other.check_full_run(1);
}

/// Afterwards they are views without a length.
void masks_of_another_size_or_kind_fail_the_job_only() {
    Studio studio;
    const std::string narrow = studio.engine.upload(tests::mask_pattern(Sample::u8, 63, 48));
    const std::string mask = studio.engine.upload(tests::mask_pattern(Sample::u8, 64, 48));
    const auto refused = [&](auto change) {
        Job job = studio.job(1);
        change(job);
        for (const bool estimate : {false, true}) {
            job.estimate_only = estimate;
            studio.engine.send(job);
            const auto failed = studio.engine.expect<Failed>();
            if (failed.id != 1 || failed.error.code != ErrorCode::invalid_request || !failed.missing.empty())
                return false;
        }
        return true;
    };
    CHECK(refused([&](Job& job) { job.styles[0].region = narrow; }));
    CHECK(refused([&](Job& job) { job.styles[0].alpha = mask; })); // the style is 20 x 30
    CHECK(refused([&](Job& job) { job.styles[0].alpha = job.styles[0].picture; }));
    CHECK(refused([&](Job& job) { job.protect = narrow; }));
    CHECK(refused([&](Job& job) { job.refine = studio.style_name; }));
    CHECK(refused([&](Job& job) { job.styles[0].region = studio.photo_name; }));
    CHECK(refused([&](Job& job) { job.styles[0].picture = mask; }));
    CHECK(refused([&](Job& job) { job.refine = mask; }));
    CHECK(refused([&](Job& job) { job.moved = studio.style_name, job.trusted = mask; }));
    CHECK(refused([&](Job& job) { job.moved = studio.photo_name, job.trusted = narrow; }));
    CHECK(refused([&](Job& job) { job.shot = mask; }));
    CHECK(refused([&](Job& job) { job.content = mask; }));
    studio.check_full_run(1);
}

// --- pictures that are not there

void every_missing_picture_is_named_once() {
    Studio studio;
    FullJob full(studio, 1);
    full.job.styles.push_back(full.job.styles[1]);
    const auto& style = full.job.styles[1];
    const std::vector names{style.picture, style.region, style.alpha, full.job.protect};
    for (const auto& name : names)
        studio.engine.send(Forget{name});
    studio.engine.send(full.job);
    CHECK(studio.engine.expect<Failed>().missing == names);
}

void a_missing_picture_is_named_and_can_be_uploaded() {
    EngineProcess engine(echo());
    engine.expect<Hello>();
    const Picture photo = pattern(Sample::u8, 8, 8, 1), style = pattern(Sample::u8, 8, 8, 2);
    const Job job{.id = 1, .content = picture_name(photo), .styles = {{.picture = picture_name(style)}}};
    engine.send(job);
    const auto failed = engine.expect<Failed>();
    CHECK(failed.id == 1 && failed.error.code == ErrorCode::invalid_request);
    CHECK(failed.missing == (std::vector{job.content, job.styles[0].picture}));
    engine.upload(photo);
    engine.upload(style);
    engine.send(job);
    CHECK(answer_of(engine, 1).painting == photo);
}

void a_forgotten_picture_is_missing() {
    Studio studio;
    studio.engine.send(Forget{studio.style_name});
    studio.start(1);
    CHECK(studio.engine.expect<Failed>().missing == std::vector{studio.style_name});
}

void a_job_keeps_pictures_that_are_forgotten_after_it() {
    Studio studio({"--slow", "5"});
    studio.start(1);
    studio.start(2);
    studio.engine.send(Forget{studio.photo_name});
    CHECK(answer_of(studio.engine, 1).painting == studio.photo);
    CHECK(answer_of(studio.engine, 2).painting == studio.photo);
    studio.start(3);
    CHECK(!studio.engine.expect<Failed>().missing.empty());
}

void a_name_that_is_none_fails_the_job_only() {
    Studio studio;
    Job job = studio.job(1);
    job.styles[0].picture = "../starry_night.jpg";
    studio.engine.send(job);
    const auto failed = studio.engine.expect<Failed>();
    CHECK(failed.id == 1 && failed.missing.empty());
    studio.check_full_run(1);
}

// --- cancelling

void cancel_at_the_start() {
    Studio studio({"--slow", "20"});
    studio.start(1);
    studio.engine.send(Cancel{1});
    CHECK(answer_of(studio.engine, 1).is<Cancelled>());
    studio.check_full_run(2);
}

void cancel_after(int updates) {
    Studio studio({"--slow", "5", "--updates", "20"});
    studio.start(1);
    const auto answer = answer_of(
        studio.engine, 1,
        [&](const JobAnswer& so_far) {
            if (int(so_far.updates.size()) == updates)
                studio.engine.send(Cancel{1});
        },
        [] {});
    CHECK(answer.is<Cancelled>() || (updates >= 19 && answer.is<Done>()));
    studio.check_full_run(2);
}

void cancel_early() {
    cancel_after(1);
}
void cancel_in_the_middle() {
    cancel_after(10);
}
void cancel_at_the_last_update() {
    cancel_after(20);
}

/// The painting is larger than the pipe and the outbox together: the engine still has most of it.
void cancel_while_the_painting_arrives() {
    Studio studio({"--updates", "1"}, pattern(Sample::f32, 2000, 1500));
    studio.start(1);
    const auto answer = cancelled_as_pixels_arrive(studio);
    CHECK(answer.is<Cancelled>());
    studio.check_full_run(2);
}

void cancel_of_a_waiting_job() {
    Studio studio({"--slow", "20"});
    studio.start(1);
    studio.start(2);
    studio.start(3);
    studio.engine.send(Cancel{2});
    // The waiting job is cancelled without waiting for its turn.
    for (;;) {
        auto message = studio.engine.receive();
        CHECK(message);
        if (auto* cancelled = std::get_if<Cancelled>(&*message)) {
            CHECK(cancelled->id == 2);
            break;
        }
        CHECK(std::holds_alternative<protocol::Update>(*message));
    }
    CHECK(answer_of(studio.engine, 1).is<Done>());
    CHECK(answer_of(studio.engine, 3).is<Done>());
}

void cancel_too_late_or_of_nothing_is_ignored() {
    Studio studio;
    studio.check_full_run(1);
    studio.engine.send(Cancel{1});
    studio.engine.send(Cancel{77});
    studio.check_full_run(2);
}

void cancel_is_seen_behind_an_upload() {
    Studio studio({"--slow", "100"});
    studio.start(1);
    const Picture large = pattern(Sample::u16, 1000, 1000);
    studio.engine.upload(large);
    studio.engine.send(Cancel{1});
    CHECK(answer_of(studio.engine, 1).is<Cancelled>());
}

/// Nobody reads the updates of the first job; pipe and outbox are small, but the engine keeps working.
void a_client_that_does_not_read_can_still_cancel() {
    Studio studio({"--updates", "20000"}, pattern(Sample::u8, 384, 384));
    studio.start(1);
    std::this_thread::sleep_for(300ms);
    studio.engine.send(Cancel{1});
    const auto answer = answer_of(studio.engine, 1);
    CHECK(answer.is<Cancelled>() || answer.is<Done>());
    studio.start(2);
    studio.engine.send(Cancel{2});
    CHECK(answer_of(studio.engine, 2).is<Cancelled>());
}

// --- ends

void end_of_input_ends_an_idle_engine() {
    Studio studio;
    studio.engine.close_input();
    CHECK(studio.engine.exit_status(1s) == 0);
}

void end_of_input_ends_a_working_engine_at_once() {
    Studio studio({"--slow", "60000"});
    studio.start(1);
    std::this_thread::sleep_for(50ms);
    studio.engine.close_input();
    CHECK(studio.engine.exit_status(1s) == 0);
}

/// Both ends of the pipes stay open here: only the parent's death can end the engine.
void a_killed_parent_takes_the_engine_with_it() {
    int in[2], out[2];
    CHECK(pipe(in) == 0 && pipe(out) == 0);
    const pid_t parent = fork();
    if (parent == 0) {
        if (fork() == 0) {
            dup2(in[0], STDIN_FILENO);
            dup2(out[1], STDOUT_FILENO);
            execl(echo_engine.c_str(), echo_engine.c_str(), nullptr);
            _exit(127);
        }
        for (;;)
            pause();
    }
    close(out[1]);
    char byte;
    CHECK(read(out[0], &byte, 1) == 1); // Hello: it is running
    kill(parent, SIGKILL);
    waitpid(parent, nullptr, 0);
    pollfd ready{.fd = out[0], .events = POLLIN, .revents = 0};
    const auto until = std::chrono::steady_clock::now() + 1s;
    bool ended = false;
    while (!ended && std::chrono::steady_clock::now() < until) {
        char rest[4096];
        ended = poll(&ready, 1, 1000) == 1 && read(out[0], rest, sizeof rest) == 0;
    }
    close(in[0]);
    close(in[1]);
    close(out[0]);
    CHECK(ended);
}

void an_engine_that_dies_in_a_job_is_lost() {
    Studio studio({"--die-after", "3"});
    studio.start(1);
    CHECK(studio.engine.last_words().code == ErrorCode::engine_lost);
    const int status = studio.engine.wait_status(1s);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

void a_client_that_closes_its_ear_ends_the_engine() {
    int in[2], out[2];
    CHECK(pipe(in) == 0 && pipe(out) == 0);
    const pid_t engine = fork();
    if (engine == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[1]);
        close(out[0]);
        execl(echo_engine.c_str(), echo_engine.c_str(), nullptr);
        _exit(127);
    }
    close(out[1]);
    close(out[0]); // Hello cannot be written
    int status = -1;
    for (int i = 0; i < 500 && waitpid(engine, &status, WNOHANG) == 0; ++i)
        std::this_thread::sleep_for(2ms);
    close(in[0]);
    close(in[1]);
    if (status == -1) {
        kill(engine, SIGKILL);
        waitpid(engine, nullptr, 0);
    }
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

// --- what cannot be understood

/// The engine replies with a failure that belongs to no job, and exits with status 1.
void check_refused(EngineProcess& engine, std::string_view word = {}) {
    for (;;) {
        auto message = engine.receive();
        CHECK(message);
        if (auto* failed = std::get_if<Failed>(&*message)) {
            CHECK(failed->id == 0 && failed->error.code == ErrorCode::bad_message);
            CHECK(failed->error.message.contains(word));
            break;
        }
    }
    CHECK(!engine.receive());
    CHECK(engine.exit_status(2s) == 1);
}

void rubbish_is_refused() {
    EngineProcess engine(echo());
    const std::string text = "paint me something\n";
    engine.send_bytes(std::as_bytes(std::span(text)));
    check_refused(engine, "paint me something");
}

void an_engines_message_is_refused() {
    EngineProcess engine(echo());
    engine.send(Done{.id = 1});
    check_refused(engine);
}

void a_damaged_picture_is_refused() {
    EngineProcess engine(echo());
    Picture photo = pattern(Sample::u8, 10, 10);
    const std::string name = picture_name(photo);
    photo.bytes[5] ^= std::byte(4);
    engine.send(PictureChunk{name, chunk_at(photo, 0)});
    check_refused(engine, "damaged");
}

void a_number_in_use_is_refused() {
    Studio studio({"--slow", "50"});
    studio.start(4);
    studio.start(4);
    check_refused(studio.engine);
    Studio another;
    another.start(0);
    check_refused(another.engine);
}

void too_many_jobs_are_refused_one_by_one() {
    Studio studio({"--slow", "10000"});
    for (std::uint64_t id = 1; id <= 300; ++id)
        studio.start(id);
    const auto failed = studio.engine.expect<Failed>();
    CHECK(failed.id > 256 && failed.error.code == ErrorCode::invalid_request);
}

/// A line of /proc/PID/status, in KiB.
long memory_of(const EngineProcess& engine, const std::string& what) {
    std::ifstream status("/proc/" + std::to_string(engine.pid()) + "/status");
    for (std::string word; status >> word;)
        if (word == what + ":") {
            long kibibytes = 0;
            status >> kibibytes;
            return kibibytes;
        }
    throw std::runtime_error("no " + what);
}

/// An announced picture of 400 megapixels takes no memory before it arrives, not even addresses.
void a_claim_takes_no_memory() {
    EngineProcess engine(echo());
    engine.expect<Hello>();
    const long before = memory_of(engine, "VmSize");
    const std::string name = picture_name(Sample::f32, 20000, 20000, 1);
    engine.send(PictureChunk{name, {Sample::f32, 20000, 20000, 3, 0, Bytes(1000)}});
    engine.send(Job{.id = 1, .content = name, .styles = {{.picture = name}}});
    CHECK(!engine.expect<Failed>().missing.empty()); // the chunk has been processed
    CHECK(memory_of(engine, "VmPeak") - before < 256 * 1024);
}

// --- clients' side of bad engines

void another_version_is_an_error_of_its_own() {
    EngineProcess engine(echo({"--other-version"}));
    const auto hello = engine.receive();
    CHECK(!hello && hello.error().code == ErrorCode::other_version);
}

void an_engine_that_prints_rubbish_is_noticed() {
    EngineProcess engine(echo({"--rubbish"}));
    const auto hello = engine.receive();
    CHECK(!hello && hello.error().code == ErrorCode::bad_message);
    CHECK(hello.error().message.contains("not an engine"));
}

void an_engine_that_begins_to_print_rubbish_is_noticed() {
    Studio studio({"--rubbish-after", "2"});
    studio.start(1);
    CHECK(studio.engine.last_words().code == ErrorCode::bad_message);
}

void a_command_that_does_not_exist_is_noticed() {
    EngineProcess engine({"/nowhere/neural-style-engine"});
    CHECK(engine.receive().error().code == ErrorCode::engine_lost);
}

} // namespace

int main(int count, char** values) {
    if (count != 2)
        return 2;
    echo_engine = values[1];
    return tests::run_tests({
        TEST(hello_comes_first_and_tells_versions_and_layers),
        TEST(every_sample_kind_comes_back_exactly),
        TEST(a_picture_of_many_chunks_comes_back_exactly),
        TEST(one_pixel_is_a_picture),
        TEST(the_painting_comes_in_the_sample_kind_that_was_asked),
        TEST(updates_go_forward_and_bring_previews),
        TEST(pictures_stay_between_jobs),
        TEST(jobs_run_in_order),
        TEST(an_estimate_needs_no_upload),
        TEST(a_failure_is_told_with_its_code),
        TEST(an_exception_fails_the_job_only),
        TEST(a_library_that_prints_does_not_disturb),
        TEST(everything_in_a_job_reaches_the_painter),
        TEST(each_picture_takes_its_own_part),
        TEST(snapshots_come_whole_numbered_and_in_order),
        TEST(no_update_is_lost_to_snapshots),
        TEST(cancel_while_a_snapshot_arrives),
        TEST(a_kept_job_is_done_with_what_is_there),
        TEST(a_notice_is_passed_on),
        TEST(a_notice_without_end_is_cut),
        TEST(masks_of_another_size_or_kind_fail_the_job_only),
        TEST(every_missing_picture_is_named_once),
        TEST(a_missing_picture_is_named_and_can_be_uploaded),
        TEST(a_forgotten_picture_is_missing),
        TEST(a_job_keeps_pictures_that_are_forgotten_after_it),
        TEST(a_name_that_is_none_fails_the_job_only),
        TEST(cancel_at_the_start),
        TEST(cancel_early),
        TEST(cancel_in_the_middle),
        TEST(cancel_at_the_last_update),
        TEST(cancel_while_the_painting_arrives),
        TEST(cancel_of_a_waiting_job),
        TEST(cancel_too_late_or_of_nothing_is_ignored),
        TEST(cancel_is_seen_behind_an_upload),
        TEST(a_client_that_does_not_read_can_still_cancel),
        TEST(end_of_input_ends_an_idle_engine),
        TEST(end_of_input_ends_a_working_engine_at_once),
        TEST(a_killed_parent_takes_the_engine_with_it),
        TEST(an_engine_that_dies_in_a_job_is_lost),
        TEST(a_client_that_closes_its_ear_ends_the_engine),
        TEST(rubbish_is_refused),
        TEST(an_engines_message_is_refused),
        TEST(a_damaged_picture_is_refused),
        TEST(a_number_in_use_is_refused),
        TEST(too_many_jobs_are_refused_one_by_one),
        TEST(a_claim_takes_no_memory),
        TEST(another_version_is_an_error_of_its_own),
        TEST(an_engine_that_prints_rubbish_is_noticed),
        TEST(an_engine_that_begins_to_print_rubbish_is_noticed),
        TEST(a_command_that_does_not_exist_is_noticed),
    });
}
