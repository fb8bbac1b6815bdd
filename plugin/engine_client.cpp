// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine_client.hpp"

#include "glib_pointers.hpp"
#include "protocol/codec.hpp"
#include "sentences.hpp"
#include "translation.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>

namespace neural_style::plugin {
namespace {

using protocol::Message;
using protocol::overloaded;

/// Runs in the child between fork and exec, so only async-signal-safe calls. `parent` is the plug-in's
/// process id. GIMP's Cancel kills the plug-in without warning: then the kernel ends the engine.
void tie_to_parent(void* parent) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGPIPE, SIG_DFL); // ignored in the plug-in, and inherited
    if (getppid() != static_cast<pid_t>(reinterpret_cast<std::intptr_t>(parent)))
        _exit(1); // the plug-in died before the line above took effect
}

/// A timeout on the default main context that can be set again and ends with its owner.
class Timer {
  public:
    Timer() = default;
    ~Timer() { stop(); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void start(std::chrono::milliseconds delay, std::function<void()> action) {
        stop();
        action_ = std::move(action);
        source_ = g_timeout_add(
            guint(delay.count()),
            [](void* self) -> gboolean {
                auto& timer = *static_cast<Timer*>(self);
                timer.source_ = 0;
                auto action = std::move(timer.action_); // which may destroy the timer
                action();
                return G_SOURCE_REMOVE;
            },
            this);
    }
    void stop() {
        if (source_)
            g_source_remove(std::exchange(source_, 0));
    }

  private:
    guint source_ = 0;
    std::function<void()> action_;
};

} // namespace

/// One engine process. It stays alive, by its own callbacks, until the last of them has run.
class EngineClient::Connection : public std::enable_shared_from_this<Connection> {
  public:
    static Result<std::shared_ptr<Connection>> open(const std::vector<std::string>& command,
                                                    EngineLimits limits) {
        signal(SIGPIPE, SIG_IGN); // a write to an engine that is gone must be an error, not the plug-in's end
        GObjectPointer<GSubprocessLauncher> launcher(g_subprocess_launcher_new(
            GSubprocessFlags(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE)));
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
            GErrorPointer owned(error);
            return failure(ErrorCode::engine_lost,
                           sentence(_("The painting engine could not be started; check "
                                      "the setting “Engine command” or install "
                                      "Neural Style again: {}"),
                                    owned->message));
        }
        auto connection = std::make_shared<Connection>(std::move(process), limits);
        connection->read_more();
        return connection;
    }

    Connection(GObjectPointer<GSubprocess> process, EngineLimits limits)
        : process_(std::move(process)), io_(g_cancellable_new()), limits_(limits) {}

    /// The process may be gone before the end of its output has been read.
    bool alive() const { return alive_ && g_subprocess_get_identifier(process_.get()); }
    std::string process_id() const {
        const char* id = g_subprocess_get_identifier(process_.get());
        return id ? id : "";
    }

    /// Ends the process without asking it. Callbacks under way find their operation cancelled.
    void close() {
        if (!std::exchange(alive_, false))
            return;
        g_cancellable_cancel(io_.get());
        g_subprocess_force_exit(process_.get());
        hello_timer_.stop();
        stop_timer_.stop();
    }

    Result<EnginePainting> paint(const EngineJob& job, const UpdateCallback& update, std::stop_token stop) {
        if (stop.stop_requested())
            return std::unexpected(translated({ErrorCode::cancelled, {}}));
        task_.emplace(Task{.message = message_of(job, ++last_id_),
                           .pictures = pictures_of(job),
                           .take_snapshot = job.take_snapshot,
                           .update = update});
        if (!hello_)
            hello_timer_.start(limits_.hello, [this] {
                lose({ErrorCode::engine_lost,
                      sentence(
                          _("The painting engine did not answer within {} seconds: check its command line, "
                            "and that "
                            "a login to another computer asks for no password."),
                          int(std::chrono::ceil<std::chrono::seconds>(limits_.hello).count()))});
            });
        write_more();
        GMainLoopPointer loop(g_main_loop_new(nullptr, FALSE));
        task_->loop = loop.get();
        {
            std::stop_callback on_stop(stop, [this] { cancel(); });
            if (!task_->answer)
                g_main_loop_run(loop.get());
        }
        auto answer = std::move(*task_->answer);
        task_.reset();
        return answer;
    }

  private:
    struct NamedPicture {
        std::string name;
        const protocol::Picture* picture;
    };
    /// The job under way.
    struct Task {
        protocol::Job message;
        std::vector<NamedPicture> pictures; // each once, in the order of their upload
        const std::function<void(const protocol::Picture&, int)>& take_snapshot;
        const UpdateCallback& update;
        GMainLoop* loop = nullptr;
        std::uint64_t uploaded_bytes = 0; // of the picture that is being uploaded
        bool sent = false;
        bool sent_again = false; // after the engine said that it had dropped a picture
        protocol::PictureAssembly painting = {};
        protocol::PictureAssembly snapshot = {};
        std::optional<Result<EnginePainting>> answer = {};
    };

    static std::string name_of(const protocol::Picture* picture) {
        return picture ? protocol::picture_name(*picture) : std::string();
    }

    static protocol::Job message_of(const EngineJob& job, std::uint64_t id) {
        protocol::Job message{.id = id,
                              .settings = job.settings,
                              .content = name_of(&job.content),
                              .styles = {},
                              .protect = name_of(job.protect),
                              .refine = name_of(job.refine),
                              .memory_limit = job.memory_limit,
                              .snapshot_every = job.snapshot_every,
                              .sample = job.content.sample};
        for (const auto& style : job.styles)
            message.styles.push_back({.picture = name_of(&style.picture), .region = name_of(style.region)});
        return message;
    }

    static std::vector<NamedPicture> pictures_of(const EngineJob& job) {
        std::vector<const protocol::Picture*> all{&job.content};
        for (const auto& style : job.styles)
            all.insert(all.end(), {&style.picture, style.region});
        all.insert(all.end(), {job.protect, job.refine});
        std::vector<NamedPicture> pictures;
        for (const auto* picture : all)
            if (const std::string name = name_of(picture);
                picture && std::ranges::find(pictures, name, &NamedPicture::name) == pictures.end())
                pictures.push_back({name, picture});
        return pictures;
    }

    void answer(Result<EnginePainting> result) {
        if (!task_ || task_->answer)
            return;
        task_->answer.emplace(std::move(result));
        hello_timer_.stop();
        stop_timer_.stop();
        if (task_->loop)
            g_main_loop_quit(task_->loop);
    }

    /// The engine is of no more use. The error is what the user reads.
    void lose(Error error) {
        close();
        answer(std::unexpected(std::move(error)));
    }

    void cancel() {
        if (!task_ || task_->answer)
            return;
        if (!task_->sent) { // nothing to wait for: it would only finish loading
            lose(translated({ErrorCode::cancelled, {}}));
            return;
        }
        auto frame = protocol::encode(protocol::Cancel{.id = task_->message.id});
        if (frame)
            urgent_ = std::move(*frame);
        stop_timer_.start(limits_.cancel, [this] { lose(translated({ErrorCode::cancelled, {}})); });
        write_more();
    }

    // Writing: one frame at a time, so that a Cancel overtakes the rest of an upload.

    std::optional<Message> next_message() {
        if (!hello_ || !task_ || task_->sent || task_->answer)
            return {};
        for (const NamedPicture& named : task_->pictures) {
            if (engine_has_.contains(named.name))
                continue;
            auto chunk = protocol::chunk_at(*named.picture, task_->uploaded_bytes);
            task_->uploaded_bytes += chunk.bytes.size();
            if (task_->uploaded_bytes >= named.picture->bytes.size()) {
                engine_has_.insert(named.name);
                task_->uploaded_bytes = 0;
            }
            return protocol::PictureChunk{named.name, std::move(chunk)};
        }
        task_->sent = true;
        return task_->message;
    }

    void write_more() {
        if (!alive_ || !writing_.empty())
            return;
        if (!urgent_.empty()) {
            writing_ = std::exchange(urgent_, {});
        } else if (auto message = next_message()) {
            auto frame = protocol::encode(*message);
            if (!frame) {
                answer(std::unexpected(translated(frame.error())));
                return;
            }
            writing_ = std::move(*frame);
        } else {
            return;
        }
        g_output_stream_write_all_async(
            g_subprocess_get_stdin_pipe(process_.get()), writing_.data(), writing_.size(), G_PRIORITY_DEFAULT,
            io_.get(),
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

    void take_end() {
        const Error reason = decoder_.end();
        if (hello_)
            lose(translated({ErrorCode::engine_lost, reason.message}));
        else
            lose({ErrorCode::engine_lost, sentence(_("The painting engine ended before it was ready; try its "
                                                     "command line in a terminal: {}"),
                                                   reason.message)});
    }

    void take_bytes(std::span<const std::byte> bytes) {
        decoder_.feed(bytes);
        while (alive_) {
            auto message = decoder_.next();
            if (!message) {
                lose(translated(message.error()));
                return;
            }
            if (!*message)
                return;
            take(std::move(**message));
        }
    }

    bool is_current(std::uint64_t id) const { return task_ && !task_->answer && task_->message.id == id; }

    void take(Message message) {
        std::visit(overloaded{
                       [&](protocol::Hello& hello) {
                           hello_ = std::move(hello);
                           hello_timer_.stop();
                           write_more();
                       },
                       [&](protocol::Update& update) {
                           if (is_current(update.id) && task_->update)
                               task_->update(update);
                       },
                       [&](protocol::PaintingChunk& chunk) {
                           if (!is_current(chunk.id))
                               return;
                           if (auto added = task_->painting.add(chunk.chunk); !added)
                               lose(translated(added.error()));
                       },
                       [&](protocol::SnapshotChunk& chunk) {
                           if (is_current(chunk.id))
                               take_snapshot(chunk);
                       },
                       [&](protocol::Done& done) {
                           if (is_current(done.id))
                               take_painting(done);
                       },
                       [&](protocol::Cancelled& cancelled) {
                           if (is_current(cancelled.id))
                               answer(std::unexpected(translated({ErrorCode::cancelled, {}})));
                       },
                       [&](protocol::Failed& failed) { take_failure(failed); },
                       [&](auto&) {
                           lose(translated({ErrorCode::bad_message,
                                            "The engine sent a message that only clients send."}));
                       },
                   },
                   message);
    }

    void take_snapshot(const protocol::SnapshotChunk& chunk) {
        if (auto added = task_->snapshot.add(chunk.chunk); !added) {
            lose(translated(added.error()));
            return;
        }
        if (!task_->snapshot.complete())
            return;
        const auto picture = task_->snapshot.take();
        if (task_->take_snapshot)
            task_->take_snapshot(picture, chunk.iteration);
    }

    void take_painting(const protocol::Done& done) {
        if (!task_->painting.complete()) {
            lose(translated(
                {ErrorCode::bad_message, "The engine said it was done before the painting was complete."}));
            return;
        }
        EnginePainting painting{
            .picture = task_->painting.take(), .seconds = done.seconds, .device = done.device};
        for (const auto& device : hello_->devices)
            if (device.name == done.device)
                painting.device = device.description;
        answer(std::move(painting));
    }

    void take_failure(const protocol::Failed& failed) {
        if (failed.id == 0) {
            lose(translated(failed.error));
            return;
        }
        if (!is_current(failed.id))
            return;
        if (failed.missing.empty() || task_->sent_again) {
            answer(std::unexpected(translated(failed.error)));
            return;
        }
        for (const auto& name : failed.missing)
            engine_has_.erase(name);
        task_->sent = false;
        task_->sent_again = true;
        write_more();
    }

    // An operation under way owns a share of the connection.

    void* given() { return new std::shared_ptr<Connection>(shared_from_this()); }
    static std::shared_ptr<Connection> taken(void* data) {
        std::unique_ptr<std::shared_ptr<Connection>> owned(static_cast<std::shared_ptr<Connection>*>(data));
        return std::move(*owned);
    }

    GObjectPointer<GSubprocess> process_;
    GObjectPointer<GCancellable> io_;
    EngineLimits limits_;
    bool alive_ = true;

    protocol::Decoder decoder_{{.skip_banner = true}};
    std::array<std::byte, 65536> piece_; // as much as a pipe holds
    protocol::Bytes writing_;            // the frame under way
    protocol::Bytes urgent_;             // the frame that goes next, whatever waits
    std::optional<protocol::Hello> hello_;
    std::set<std::string> engine_has_; // names of pictures
    std::uint64_t last_id_ = 0;
    std::optional<Task> task_;
    Timer hello_timer_;
    Timer stop_timer_;
};

EngineClient::EngineClient(std::vector<std::string> command, EngineLimits limits)
    : command_(std::move(command)), limits_(limits) {}

EngineClient::~EngineClient() {
    if (connection_)
        connection_->close();
}

Result<void> EngineClient::start() {
    if (connection_ && connection_->alive())
        return {};
    if (connection_)
        connection_->close();
    connection_.reset();
    auto opened = Connection::open(command_, limits_);
    if (!opened)
        return std::unexpected(opened.error());
    connection_ = std::move(*opened);
    return {};
}

Result<EnginePainting> EngineClient::paint(const EngineJob& job, const UpdateCallback& update,
                                           std::stop_token stop) {
    if (auto started = start(); !started)
        return std::unexpected(started.error());
    const auto connection = connection_; // the callback may end this client's interest, not the loop's
    return connection->paint(job, update, stop);
}

std::string EngineClient::process_id() const {
    return connection_ && connection_->alive() ? connection_->process_id() : std::string();
}

} // namespace neural_style::plugin
