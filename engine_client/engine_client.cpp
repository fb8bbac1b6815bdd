// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine_client.hpp"

#include "codec.hpp"
#include "glib_pointers.hpp"
#include "sentences.hpp"
#include "timer.hpp"
#include "translation.hpp"

#include <neural_style/plain_text.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <type_traits>
#include <unistd.h>
#include <utility>

namespace neural_style {
namespace {

constexpr std::size_t log_bytes_max = 65536;

using protocol::Message;
using protocol::overloaded;

std::unexpected<Error> not_started(const char* reason) {
    return failure(ErrorCode::engine_lost, sentence(_("The painting engine could not be started; check "
                                                      "the setting “Engine command” or install "
                                                      "Neural Style again: {}"),
                                                    reason));
}

/// Runs in the child between fork and exec, so only async-signal-safe calls. `parent` is this process's id.
/// GIMP's Cancel kills the plug-in without warning; the kernel then ends the engine.
void tie_to_parent(void* parent) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGPIPE, SIG_DFL); // GIMP ignores it, which is inherited
    if (getppid() != static_cast<pid_t>(reinterpret_cast<std::intptr_t>(parent)))
        _exit(1); // it died before the line above took effect
}

/// A socket whose other end becomes the engine's standard input. GLib writes to sockets with MSG_NOSIGNAL;
/// writing into the pipe of a dead engine would end the process, which may be GIMP itself.
Result<GObjectPointer<GSocketConnection>> standard_input(GSubprocessLauncher* launcher) {
    std::array<int, 2> ends{-1, -1};
    GError* error = nullptr;
    GObjectPointer<GSocket> socket;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0) {
        g_subprocess_launcher_take_stdin_fd(launcher, ends[1]);
        socket.reset(g_socket_new_from_fd(ends[0], &error));
        if (socket)
            return GObjectPointer<GSocketConnection>(
                g_socket_connection_factory_create_connection(socket.get()));
        close(ends[0]);
    }
    const GErrorPointer owned(error);
    return not_started(owned ? owned->message : std::strerror(errno));
}

} // namespace

/// How long a cancelled job may take to end.
enum class EngineClient::Patience { none, some };

/// State that outlives an engine process.
struct EngineClient::Shared {
    EngineWatcher watcher;
    std::string log;

    /// The end of the log tells why an engine exited.
    void keep_log(std::string_view text) {
        log += text;
        if (log.size() > log_bytes_max)
            log.erase(0, log.size() - log_bytes_max);
    }
};

/// One engine process. Its callbacks keep it alive until the last of them has run.
class EngineClient::Connection : public std::enable_shared_from_this<Connection> {
  public:
    static Result<std::shared_ptr<Connection>> open(const std::vector<std::string>& command,
                                                    EngineLimits limits, std::shared_ptr<Shared> shared) {
        GObjectPointer<GSubprocessLauncher> launcher(g_subprocess_launcher_new(
            GSubprocessFlags(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE)));
        auto input = standard_input(launcher.get());
        if (!input)
            return std::unexpected(input.error());
        g_subprocess_launcher_set_child_setup(launcher.get(), tie_to_parent,
                                              reinterpret_cast<void*>(std::intptr_t(getpid())), nullptr);
        std::vector<const char*> words;
        for (const auto& word : command)
            words.push_back(word.c_str());
        words.push_back(nullptr);
        GError* error = nullptr;
        GObjectPointer<GSubprocess> process(
            g_subprocess_launcher_spawnv(launcher.get(), words.data(), &error));
        if (!process) {
            const GErrorPointer owned(error);
            return not_started(owned->message);
        }
        auto connection =
            std::make_shared<Connection>(std::move(process), *std::move(input), limits, std::move(shared));
        connection->read_more();
        connection->read_log();
        return connection;
    }

    Connection(GObjectPointer<GSubprocess> process, GObjectPointer<GSocketConnection> input,
               EngineLimits limits, std::shared_ptr<Shared> shared)
        : process_(std::move(process)), input_(std::move(input)), io_(g_cancellable_new()), limits_(limits),
          shared_(std::move(shared)) {}

    /// The process may exit before all of its output has been read.
    bool alive() const { return alive_ && g_subprocess_get_identifier(process_.get()); }
    std::string process_id() const {
        const char* id = g_subprocess_get_identifier(process_.get());
        return id ? id : "";
    }

    /// Kills the process. Callbacks under way find their operation cancelled.
    void close() {
        if (!std::exchange(alive_, false))
            return;
        g_cancellable_cancel(io_.get());
        g_subprocess_force_exit(process_.get());
        hello_timer_.stop();
        stop_timer_.stop();
    }

    const std::optional<protocol::Hello>& hello() const { return hello_; }

    /// Starts the time limit for Hello, on the first call.
    void expect_hello() {
        if (!hello_ && !hello_timer_.runs())
            wait_for_hello(is_starting() ? limits_.start : limits_.hello);
    }

    JobNumber begin(const EngineJob& job, UpdateCallback update, PaintingCallback answered) {
        return add({.message = message_of(job, ++last_id_),
                    .pictures = pictures_of(job),
                    .take_snapshot = job.take_snapshot,
                    .update = std::move(update),
                    .painted = std::move(answered)});
    }

    JobNumber estimate(const EngineOutline& outline, EstimateCallback answered) {
        return add({.message = message_of(outline, ++last_id_), .estimated = std::move(answered)});
    }

    void cancel(JobNumber number, Patience patience) {
        const auto task = task_of(number);
        if (!task || task->cancelled)
            return;
        task->cancelled = true;
        if (!task->sent) {
            if (patience == Patience::none && tasks_.size() == 1 && !hello_)
                lose(translated({ErrorCode::cancelled, {}})); // it would only finish loading
            else
                answer(*task, cancelled_answer());
            return;
        }
        send_urgently(protocol::Cancel{.id = number});
        if (!stop_timer_.runs() || patience == Patience::none)
            stop_timer_.start(patience == Patience::none ? limits_.cancel : limits_.cancel_preview, [this] {
                lose(translated({ErrorCode::engine_lost, {}}));
            });
    }

    void keep(JobNumber number) {
        if (const auto task = task_of(number); task && task->sent)
            send_urgently(protocol::Keep{.id = number});
    }

  private:
    /// An unfinished job. Exactly one of the last two functions is set.
    struct Task {
        protocol::Job message;
        std::vector<const protocol::NamedPicture*> pictures = {}; // without duplicates, in upload order
        std::function<void(const protocol::Picture&, int)> take_snapshot = {};
        UpdateCallback update = {};
        PaintingCallback painted = {};
        EstimateCallback estimated = {};
        bool sent = false;
        bool sent_again = false; // after the engine reported that it had dropped a picture
        bool cancelled = false;
        protocol::PictureAssembly painting = {};
        protocol::PictureAssembly snapshot = {};
    };
    using TaskPointer = std::shared_ptr<Task>;

    static std::unexpected<Error> cancelled_answer() {
        return std::unexpected(translated({ErrorCode::cancelled, {}}));
    }

    JobNumber add(Task task) {
        tasks_.push_back(std::make_shared<Task>(std::move(task)));
        expect_hello();
        write_more();
        return last_id_;
    }

    TaskPointer task_of(std::uint64_t id) const {
        const auto found = std::ranges::find(tasks_, id, [](const auto& task) { return task->message.id; });
        return found == tasks_.end() ? nullptr : *found;
    }

    static protocol::Job message_of(const EngineOutline& outline, std::uint64_t id) {
        const auto picture = [&](PictureSize size) {
            return protocol::picture_name(outline.sample, size.width, size.height, 0);
        };
        const auto mask = protocol::picture_name(protocol::Sample::u8, outline.content.width,
                                                 outline.content.height, 0, protocol::mask_channels);
        protocol::Job message{.id = id,
                              .settings = outline.settings,
                              .content = picture(outline.content),
                              .styles = {},
                              .protect = outline.protects ? mask : std::string(),
                              .refine = outline.refines ? picture(outline.content) : std::string(),
                              .memory_limit = outline.memory_limit,
                              .sample = outline.sample,
                              .estimate_only = true};
        for (const auto& style : outline.styles)
            message.styles.push_back(
                {.picture = protocol::picture_name(protocol::Sample::u8, style.width, style.height, 0),
                 .region = style.has_region ? mask : std::string()});
        return message;
    }

    static std::string name_of(const protocol::NamedPicture* picture) {
        return picture ? picture->name() : std::string();
    }

    static protocol::Job message_of(const EngineJob& job, std::uint64_t id) {
        protocol::Job message{.id = id,
                              .settings = job.settings,
                              .content = name_of(&job.content),
                              .styles = {},
                              .protect = name_of(job.protect),
                              .refine = name_of(job.refine),
                              .moved = name_of(job.moved),
                              .trusted = name_of(job.trusted),
                              .steadiness = job.steadiness,
                              .shot = name_of(job.shot),
                              .memory_limit = job.memory_limit,
                              .snapshot_every = job.snapshot_every,
                              .sample = job.content->sample};
        for (const auto& style : job.styles)
            message.styles.push_back({.picture = name_of(&style.picture),
                                      .region = name_of(style.region),
                                      .alpha = name_of(style.alpha)});
        return message;
    }

    static std::vector<const protocol::NamedPicture*> pictures_of(const EngineJob& job) {
        std::vector<const protocol::NamedPicture*> all{&job.content}, pictures;
        for (const auto& style : job.styles)
            all.insert(all.end(), {&style.picture, style.region, style.alpha});
        all.insert(all.end(), {job.protect, job.refine, job.moved, job.trusted, job.shot});
        for (const auto* picture : all)
            if (picture &&
                std::ranges::find(pictures, picture->name(), &protocol::NamedPicture::name) == pictures.end())
                pictures.push_back(picture);
        return pictures;
    }

    /// `result` is a painting, an estimate or an error. Afterwards the task may no longer exist.
    template <typename Answer>
    void answer(Task& given, Answer result) {
        const auto task = task_of(given.message.id);
        std::erase(tasks_, task);
        if (std::ranges::none_of(tasks_, &Task::cancelled, [](auto& t) -> Task& { return *t; }))
            stop_timer_.stop();
        if constexpr (!std::is_same_v<Answer, protocol::Estimate>)
            if (task->painted)
                task->painted(std::move(result));
        if constexpr (!std::is_same_v<Answer, EnginePainting>)
            if (task->estimated)
                task->estimated(std::move(result));
    }

    /// Gives up on the engine, with an error for the user.
    void lose(Error error) {
        const auto self = shared_from_this(); // a callback may release the client
        close();
        const bool idle = tasks_.empty();
        const auto tasks = tasks_;
        for (const auto& task : tasks)
            if (task_of(task->message.id))
                answer(*task, task->cancelled ? cancelled_answer() : std::unexpected(error));
        if (idle && error.code != ErrorCode::cancelled && shared_->watcher.lost)
            shared_->watcher.lost(error);
    }

    void send_urgently(const Message& message) {
        if (auto frame = protocol::encode(message))
            urgent_.push_back(std::move(*frame));
        write_more();
    }

    // Writing: one frame at a time, so that a Cancel overtakes the rest of an upload.

    std::optional<Message> next_message() {
        if (!hello_)
            return {};
        const auto next = std::ranges::find(tasks_, false, [](const auto& task) { return task->sent; });
        if (next == tasks_.end())
            return {};
        Task& task = **next;
        for (const auto* picture : task.pictures) {
            const auto& name = picture->name();
            if (engine_has_.contains(name))
                continue;
            if (uploading_ != name) // the previous upload was abandoned, which the engine allows
                uploaded_bytes_ = 0;
            uploading_ = name;
            auto chunk = protocol::chunk_at(**picture, uploaded_bytes_);
            uploaded_bytes_ += chunk.bytes.size();
            if (uploaded_bytes_ >= (*picture)->bytes.size()) {
                engine_has_.insert(name);
                uploading_.clear();
            }
            return protocol::PictureChunk{name, std::move(chunk)};
        }
        task.sent = true;
        return task.message;
    }

    void write_more() {
        if (!alive_ || !writing_.empty())
            return;
        if (!urgent_.empty()) {
            writing_ = std::move(urgent_.front());
            urgent_.pop_front();
        } else if (auto message = next_message()) {
            auto frame = protocol::encode(*message);
            if (!frame) {
                const auto* job = std::get_if<protocol::Job>(&*message);
                if (const auto task = job ? task_of(job->id) : nullptr)
                    answer(*task, std::unexpected(translated(frame.error())));
                else
                    lose(translated(frame.error()));
                return;
            }
            writing_ = std::move(*frame);
        } else {
            return;
        }
        g_output_stream_write_all_async(
            g_io_stream_get_output_stream(G_IO_STREAM(input_.get())), writing_.data(), writing_.size(),
            G_PRIORITY_DEFAULT, io_.get(),
            [](GObject* stream, GAsyncResult* result, void* data) {
                auto self = taken(data);
                const bool written =
                    g_output_stream_write_all_finish(G_OUTPUT_STREAM(stream), result, nullptr, nullptr);
                self->writing_.clear();
                if (written)
                    self->write_more();
                else if (self->alive_) // the reason usually follows on its output, or the output ends
                    self->stop_timer_.start(self->limits_.cancel, [&client = *self] {
                        client.lose(translated({ErrorCode::engine_lost, {}}));
                    });
            },
            given());
    }

    // Reading

    void read_more() {
        g_input_stream_read_async(
            g_subprocess_get_stdout_pipe(process_.get()), piece_.data(), piece_.size(), G_PRIORITY_DEFAULT,
            io_.get(),
            [](GObject* stream, GAsyncResult* result, void* data) {
                auto self = taken(data);
                const gssize count = g_input_stream_read_finish(G_INPUT_STREAM(stream), result, nullptr);
                if (!self->alive_)
                    return;
                if (count <= 0)
                    self->take_end();
                else
                    self->take_bytes(std::span(self->piece_).first(std::size_t(count)));
                if (self->alive_)
                    self->read_more();
            },
            given());
    }

    /// Forwards the engine's standard error to ours and keeps it for the log.
    void read_log() {
        g_input_stream_read_async(
            g_subprocess_get_stderr_pipe(process_.get()), log_piece_.data(), log_piece_.size(),
            G_PRIORITY_DEFAULT, nullptr, // until its end, even after `close`
            [](GObject* stream, GAsyncResult* result, void* data) {
                auto self = taken(data);
                const gssize count = g_input_stream_read_finish(G_INPUT_STREAM(stream), result, nullptr);
                if (count <= 0)
                    return;
                const auto text = plain_text({self->log_piece_.data(), std::size_t(count)});
                self->shared_->keep_log(text);
                [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
                self->read_log();
            },
            given());
    }

    void take_end() {
        const Error reason = decoder_.end();
        if (hello_)
            lose(translated({ErrorCode::engine_lost, reason.message}));
        else
            lose({ErrorCode::engine_lost, sentence(_("The painting engine ended before it was ready; try its "
                                                     "command line in a terminal: {}"),
                                                   reason.message)});
    }

    bool is_starting() const { return decoder_.banner().contains(protocol::still_starting); }

    void wait_for_hello(std::chrono::milliseconds limit) {
        hello_timer_.start(limit, [this, limit] {
            lose({ErrorCode::engine_lost,
                  sentence(_("The painting engine did not answer within {} seconds: check its command line, "
                             "and that "
                             "a login to another computer asks for no password."),
                           int(std::chrono::ceil<std::chrono::seconds>(limit).count()))});
        });
    }

    void take_bytes(std::span<const std::byte> bytes) {
        const bool was_starting = hello_ || is_starting();
        decoder_.feed(bytes);
        while (alive_) {
            auto message = decoder_.next();
            if (!message) {
                lose(translated(message.error()));
                return;
            }
            if (!*message)
                break;
            take(std::move(**message));
        }
        if (alive_ && !hello_ && !was_starting && is_starting() && hello_timer_.runs())
            wait_for_hello(limits_.start);
    }

    void lose_understanding(const char* why) { lose(translated({ErrorCode::bad_message, why})); }

    /// Whether it answers a question that was asked; the engine is given up if not.
    bool fits(const protocol::Hello&) { return true; }
    bool fits(const protocol::Failed& failed) { return failed.id == 0 || comes_after_hello(); }
    bool fits(const protocol::Estimate& estimate) {
        if (!comes_after_hello())
            return false;
        if (const auto task = task_of(estimate.id); task && !task->estimated) {
            lose_understanding("The engine answered with an estimate where it was asked to paint.");
            return false;
        }
        return true;
    }
    bool fits(const protocol::PaintingChunk& message) {
        return paints(message.id) && has_size_asked_for(message.id, message.chunk);
    }
    bool fits(const protocol::SnapshotChunk& message) { return paints(message.id); }
    bool fits(const protocol::Done& message) { return paints(message.id); }
    bool fits(const auto&) { return comes_after_hello(); }

    bool comes_after_hello() {
        if (!hello_)
            lose_understanding("The engine sent a message before its Hello.");
        return hello_.has_value();
    }

    /// Of a job that has ended already nothing is known, and nothing taken.
    bool paints(std::uint64_t id) {
        if (!comes_after_hello())
            return false;
        if (const auto task = task_of(id); task && !task->painted) {
            lose_understanding("The engine painted where it was asked for an estimate.");
            return false;
        }
        return true;
    }

    bool has_size_asked_for(std::uint64_t id, const protocol::Chunk& chunk) {
        const auto task = task_of(id);
        const auto content = task ? protocol::described_by(task->message.content) : std::nullopt;
        if (!content)
            return true;
        const double share = painted_share(task->message.settings, content->width, content->height);
        if (chunk.width == painted_side(content->width, share) &&
            chunk.height == painted_side(content->height, share) && chunk.channels == content->channels &&
            chunk.sample == task->message.sample)
            return true;
        lose_understanding("The engine sent a painting of another size or depth than it was asked for.");
        return false;
    }

    void take(Message message) {
        if (std::visit([this](const auto& one) { return fits(one); }, message))
            take_fitting(std::move(message));
    }

    void take_fitting(Message message) {
        std::visit(
            overloaded{
                [&](protocol::Hello& hello) {
                    hello_ = std::move(hello);
                    hello_timer_.stop();
                    if (shared_->watcher.ready)
                        shared_->watcher.ready(*hello_);
                    write_more();
                },
                [&](protocol::Update& update) {
                    if (const auto task = task_of(update.id); task && task->update && !task->cancelled)
                        task->update(update);
                },
                [&](protocol::PaintingChunk& chunk) {
                    const auto task = task_of(chunk.id);
                    if (!task)
                        return;
                    if (auto added = task->painting.add(chunk.chunk); !added)
                        lose(translated(added.error()));
                },
                [&](protocol::SnapshotChunk& chunk) {
                    if (const auto task = task_of(chunk.id))
                        take_snapshot(*task, chunk);
                },
                [&](protocol::Done& done) {
                    if (const auto task = task_of(done.id))
                        take_painting(*task, done);
                },
                [&](protocol::Estimate& estimate) {
                    if (const auto task = task_of(estimate.id)) {
                        estimate.device = device_words(estimate.device);
                        answer(*task, std::move(estimate));
                    }
                },
                [&](protocol::Cancelled& cancelled) {
                    if (const auto task = task_of(cancelled.id))
                        answer(*task, cancelled_answer());
                },
                [&](protocol::Failed& failed) { take_failure(failed); },
                [&](auto&) { lose_understanding("The engine sent a message that only clients send."); },
            },
            message);
    }

    void take_snapshot(Task& task, const protocol::SnapshotChunk& chunk) {
        if (auto added = task.snapshot.add(chunk.chunk); !added) {
            lose(translated(added.error()));
            return;
        }
        if (!task.snapshot.complete())
            return;
        const auto picture = task.snapshot.take();
        if (task.take_snapshot)
            task.take_snapshot(picture, chunk.iteration);
    }

    std::string device_words(const std::string& name) const {
        const auto found = std::ranges::find(hello_->devices, name, &DeviceDescription::name);
        return found == hello_->devices.end() ? name : found->description;
    }

    void take_painting(Task& task, const protocol::Done& done) {
        if (!task.painting.complete()) {
            lose_understanding("The engine said it was done before the painting was complete.");
            return;
        }
        answer(task, EnginePainting{.picture = task.painting.take(),
                                    .seconds = done.seconds,
                                    .device = device_words(done.device)});
    }

    void take_failure(const protocol::Failed& failed) {
        if (failed.id == 0) {
            lose(translated(failed.error));
            return;
        }
        const auto task = task_of(failed.id);
        if (!task)
            return;
        if (failed.missing.empty() || task->sent_again || task->cancelled) {
            answer(*task, std::unexpected(translated(failed.error)));
            return;
        }
        for (const auto& name : failed.missing)
            engine_has_.erase(name);
        task->sent = false;
        task->sent_again = true;
        write_more();
    }

    // Pending operations share ownership of the connection.

    void* given() { return new std::shared_ptr<Connection>(shared_from_this()); }
    static std::shared_ptr<Connection> taken(void* data) {
        std::unique_ptr<std::shared_ptr<Connection>> owned(static_cast<std::shared_ptr<Connection>*>(data));
        return std::move(*owned);
    }

    GObjectPointer<GSubprocess> process_;
    GObjectPointer<GSocketConnection> input_; // our end of the engine's standard input
    GObjectPointer<GCancellable> io_;
    EngineLimits limits_;
    std::shared_ptr<Shared> shared_;
    bool alive_ = true;

    protocol::Decoder decoder_{{.skip_banner = true}};
    std::array<std::byte, 65536> piece_; // the capacity of a pipe
    protocol::Bytes writing_;            // the current frame
    std::deque<protocol::Bytes> urgent_; // frames that go next, before everything else
    std::array<char, 4096> log_piece_;
    std::optional<protocol::Hello> hello_;
    std::set<std::string> engine_has_; // names of pictures
    std::string uploading_;            // name of the picture being uploaded
    std::uint64_t uploaded_bytes_ = 0; // of it
    std::uint64_t last_id_ = 0;
    std::vector<TaskPointer> tasks_; // ordered by number
    Timer hello_timer_;
    Timer stop_timer_;
};

EngineClient::EngineClient(std::vector<std::string> command, EngineLimits limits)
    : command_(std::move(command)), limits_(limits), shared_(std::make_shared<Shared>()) {}

EngineClient::~EngineClient() {
    shared_->watcher = {};
    if (connection_)
        connection_->close();
}

Result<void> EngineClient::start() {
    if (connection_ && connection_->alive())
        return {};
    if (connection_)
        connection_->close();
    connection_.reset();
    auto opened = Connection::open(command_, limits_, shared_);
    if (!opened)
        return std::unexpected(opened.error());
    connection_ = std::move(*opened);
    return {};
}

void EngineClient::watch(EngineWatcher watcher) {
    shared_->watcher = std::move(watcher);
    if (!connection_ || !connection_->alive())
        return;
    if (connection_->hello() && shared_->watcher.ready)
        shared_->watcher.ready(*connection_->hello());
    else
        connection_->expect_hello();
}

Result<JobNumber> EngineClient::begin(const EngineJob& job, UpdateCallback update,
                                      PaintingCallback answered) {
    if (auto started = start(); !started)
        return std::unexpected(started.error());
    return connection_->begin(job, std::move(update), std::move(answered));
}

Result<JobNumber> EngineClient::estimate(const EngineOutline& outline, EstimateCallback answered) {
    if (auto started = start(); !started)
        return std::unexpected(started.error());
    return connection_->estimate(outline, std::move(answered));
}

void EngineClient::cancel(JobNumber number) {
    if (connection_)
        connection_->cancel(number, Patience::some);
}

Result<EnginePainting> EngineClient::paint(const EngineJob& job, const UpdateCallback& update,
                                           std::stop_token stop, std::stop_token keep) {
    if (auto started = start(); !started)
        return std::unexpected(started.error());
    if (stop.stop_requested())
        return std::unexpected(translated({ErrorCode::cancelled, {}}));
    const auto connection = connection_; // the callback may destroy this client
    const GMainLoopPointer loop(g_main_loop_new(g_main_context_get_thread_default(), FALSE));
    std::optional<Result<EnginePainting>> answer;
    const JobNumber number = connection->begin(job, update, [&](Result<EnginePainting> result) {
        answer.emplace(std::move(result));
        g_main_loop_quit(loop.get());
    });
    {
        std::stop_callback on_stop(stop, [&] { connection->cancel(number, Patience::none); });
        std::stop_callback on_keep(keep, [&] { connection->keep(number); });
        if (!answer)
            g_main_loop_run(loop.get());
    }
    return std::move(*answer);
}

std::string EngineClient::process_id() const {
    return connection_ && connection_->alive() ? connection_->process_id() : std::string();
}

const protocol::Hello* EngineClient::hello() const {
    return connection_ && connection_->alive() && connection_->hello() ? &*connection_->hello() : nullptr;
}

std::string EngineClient::log() const {
    return shared_->log;
}

} // namespace neural_style
