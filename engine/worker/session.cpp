// SPDX-License-Identifier: GPL-3.0-or-later
#include "session.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <new>
#include <poll.h>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

namespace neural_style::worker {

namespace {

/// Previews are dropped while the client is this far behind.
constexpr std::size_t preview_backlog_max = std::size_t(1) << 20;
/// Whole updates are dropped while it is this far behind: never just because a snapshot is being sent.
constexpr std::size_t update_backlog_max = Outbox::bulk_bytes_max + 2 * preview_backlog_max;

/// A third of the wire's limit, because each byte that is not UTF-8 becomes three.
constexpr std::size_t notice_length_max = protocol::notice_bytes_max / 3;

/// A job's requirements on its pictures. Sizes are compared here as well as by the painter, because
/// afterwards they are views without a length.
struct Role {
    const std::string& name;
    int channels;
    const std::string& as_large_as; ///< the name of a picture
};

std::vector<Role> roles_in(const protocol::Job& job) {
    std::vector<Role> roles{{job.content, protocol::picture_channels, job.content}};
    for (const auto& style : job.styles) {
        roles.push_back({style.picture, protocol::picture_channels, style.picture});
        if (!style.region.empty())
            roles.push_back({style.region, protocol::mask_channels, job.content});
        if (!style.alpha.empty())
            roles.push_back({style.alpha, protocol::mask_channels, style.picture});
    }
    if (!job.protect.empty())
        roles.push_back({job.protect, protocol::mask_channels, job.content});
    if (!job.refine.empty())
        roles.push_back({job.refine, protocol::picture_channels, job.content});
    if (!job.moved.empty())
        roles.push_back({job.moved, protocol::picture_channels, job.content});
    if (!job.trusted.empty())
        roles.push_back({job.trusted, protocol::mask_channels, job.content});
    if (!job.shot.empty())
        roles.push_back({job.shot, protocol::picture_channels, job.shot});
    return roles;
}

/// What is wrong with the names, as a sentence; empty if nothing.
std::string wrong_names(const protocol::Job& job) {
    for (const Role& role : roles_in(job)) {
        const auto described = protocol::described_by(role.name);
        if (!described || described->channels != role.channels)
            return formatted("\"{}\" is not the name of a {}.", role.name.substr(0, 64),
                             role.channels == protocol::mask_channels ? "mask" : "picture");
        // Which is described: its own role came first.
        const auto picture = protocol::described_by(role.as_large_as);
        if (described->width != picture->width || described->height != picture->height)
            return formatted("A mask or a painting to begin from has {} x {} pixels, its picture {} x {}: "
                             "they must be of one size.",
                             described->width, described->height, picture->width, picture->height);
    }
    return {};
}

/// The longest prefix of a text that does not cut a UTF-8 character.
std::string cut(std::string_view text, std::size_t length_max) {
    std::size_t length = std::min(text.size(), length_max);
    while (length < text.size() && length > 0 && (text[length] & 0xc0) == 0x80)
        --length;
    return std::string(text.substr(0, length));
}

/// The painter's result, or its exception as an error.
template <typename Work>
auto guarded(Work work) -> decltype(work()) {
    try {
        return work();
    } catch (const std::bad_alloc&) {
        return failure(ErrorCode::out_of_memory, "Memory ran out. Choose a smaller size limit.");
    } catch (const std::exception& error) {
        return failure(ErrorCode::internal,
                       std::string("The engine made a mistake: ") + error.what() + ". Please report it.");
    }
}

} // namespace

SamplesView Session::Task::samples(const std::string& name) const {
    if (const auto found = pictures.find(name); found != pictures.end())
        return *found->second;
    const auto described = protocol::described_by(name);
    // Its size and depth alone.
    return described
               ? Samples{.sample = described->sample, .width = described->width, .height = described->height}
               : Samples();
}

const float* Session::Task::floats(const std::string& name) {
    const auto found = pictures.find(name);
    if (found == pictures.end())
        return nullptr;
    const Samples& samples = *found->second;
    if (const float* own = SamplesView(samples).floats())
        return own;
    const auto [values, fresh] = unpacked.try_emplace(name);
    if (fresh)
        values->second = unpack(samples.bytes, samples.sample);
    return values->second.data();
}

ImageView Session::Task::picture(const std::string& name) {
    const auto described = protocol::described_by(name);
    return described ? ImageView{floats(name), described->width, described->height} : ImageView{};
}

MaskView Session::Task::mask(const std::string& name) {
    const auto described = protocol::described_by(name);
    return described ? MaskView{floats(name), described->width, described->height} : MaskView{};
}

Request Session::Task::request() {
    Request request{
        .content = samples(job.content),
        .styles = {},
        .protect = mask(job.protect),
        .refine = picture(job.refine),
        .motion = {.moved = picture(job.moved), .trusted = mask(job.trusted), .steadiness = job.steadiness},
        .shot = samples(job.shot),
        .settings = job.settings,
        .memory_limit = job.memory_limit,
        .snapshot_every = job.snapshot_every,
        .keep = keep.get_token()};
    for (const auto& style : job.styles)
        request.styles.push_back(
            {.picture = picture(style.picture), .region = mask(style.region), .alpha = mask(style.alpha)});
    return request;
}

Session::Session(Painter& painter, Outbox& outbox, Leave leave, SessionOptions options)
    : painter_(painter), outbox_(outbox), leave_(std::move(leave)), options_(options),
      pictures_(options.pictures_bytes_max) {}

void Session::serve(int in, int tether) {
    std::jthread reader([this, in, tether] { read(in, tether); });
    while (const std::shared_ptr<Task> task = next_task())
        run(*task);
}

// --- reader's thread

namespace {

/// Waits until `in` has something to read; false once the other end of `tether` is closed.
bool readable(int in, int tether) {
    if (tether < 0)
        return true;
    std::array<pollfd, 2> both{{{in, POLLIN, 0}, {tether, POLLIN | POLLRDHUP, 0}}};
    while (poll(both.data(), both.size(), -1) < 0 && errno == EINTR)
        ;
    return both[1].revents == 0;
}

} // namespace

void Session::read(int in, int tether) {
    const auto all = [&]() -> Result<void> {
        try {
            return take_all(in, tether);
        } catch (const std::bad_alloc&) {
            return failure(ErrorCode::out_of_memory,
                           "Memory ran out while a picture arrived. Use smaller pictures.");
        } catch (const std::exception& error) {
            return failure(ErrorCode::internal,
                           std::string("The engine made a mistake: ") + error.what() + ". Please report it.");
        }
    }();
    if (!all) {
        outbox_.post(protocol::Failed{.id = 0, .error = all.error()});
        outbox_.flush();
    }
    leave_(all ? EXIT_SUCCESS : EXIT_FAILURE);
    // Others go on, but not this conversation.
    const std::scoped_lock lock(mutex_);
    over_ = true;
    waiting_.clear();
    if (running_)
        running_->stop.request_stop();
    task_arrived_.notify_one();
}

/// Until the end of the stream.
Result<void> Session::take_all(int in, int tether) {
    protocol::Decoder decoder;
    protocol::Bytes piece(std::size_t(256) << 10);
    while (readable(in, tether)) {
        const ssize_t length = ::read(in, piece.data(), piece.size());
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            break;
        decoder.feed(std::span(piece).first(static_cast<std::size_t>(length)));
        for (;;) {
            auto message = decoder.next();
            if (!message)
                return std::unexpected(std::move(message.error()));
            if (!*message)
                break;
            auto taken = std::visit(
                [this](auto&& m) -> Result<void> {
                    if constexpr (requires { take(std::move(m)); })
                        return take(std::move(m));
                    else
                        return failure(ErrorCode::bad_message,
                                       "The client sent a message that only an engine sends. Check the "
                                       "command that starts the engine.");
                },
                **std::move(message));
            if (!taken)
                return taken;
        }
    }
    return {};
}

Result<void> Session::take(protocol::PictureChunk chunk) {
    return pictures_.add(chunk);
}

Result<void> Session::take(protocol::Forget forget) {
    pictures_.forget(forget.name);
    return {};
}

Result<void> Session::take(protocol::Job job) {
    const auto has_id = [&](const std::shared_ptr<Task>& task) { return task && task->job.id == job.id; };
    auto task = std::make_shared<Task>();
    protocol::Failed failed{.id = job.id,
                            .error = {.code = ErrorCode::invalid_request, .message = wrong_names(job)}};
    if (!job.estimate_only && failed.error.message.empty()) {
        std::vector<std::string> names;
        for (const Role& role : roles_in(job))
            if (std::ranges::find(names, role.name) == names.end())
                names.push_back(role.name);
        pictures_.want(names);
        for (const auto& name : names)
            if (auto held = pictures_.find(name))
                task->pictures.emplace(name, std::move(held));
            else
                failed.missing.push_back(name);
    }
    if (failed.error.message.empty() && !failed.missing.empty())
        failed.error.message = "The engine does not hold the picture any more. Start the job again.";

    const std::scoped_lock lock(mutex_);
    if (job.id == 0 || has_id(running_) || std::ranges::any_of(waiting_, has_id))
        return failure(ErrorCode::bad_message, "A job has the number of another one. Please report this.");
    if (waiting_.size() >= options_.jobs_max)
        failed.error.message = "Too many jobs are waiting. Let some of them end first.";
    if (!failed.error.message.empty()) {
        outbox_.post(failed);
        return {};
    }
    task->job = std::move(job);
    waiting_.push_back(std::move(task));
    task_arrived_.notify_one();
    return {};
}

Result<void> Session::take(protocol::Cancel cancel) {
    const std::scoped_lock lock(mutex_);
    if (running_ && running_->job.id == cancel.id) {
        running_->stop.request_stop(); // the painting thread replies
        return {};
    }
    const auto found = std::ranges::find(waiting_, cancel.id, [](const auto& task) { return task->job.id; });
    if (found == waiting_.end())
        return {}; // finished already
    waiting_.erase(found);
    outbox_.post(protocol::Cancelled{.id = cancel.id});
    return {};
}

Result<void> Session::take(protocol::Keep keep) {
    const std::scoped_lock lock(mutex_);
    if (running_ && running_->job.id == keep.id)
        running_->keep.request_stop();
    return {};
}

// --- painting thread

std::shared_ptr<Session::Task> Session::next_task() {
    std::unique_lock lock(mutex_);
    task_arrived_.wait(lock, [this] { return over_ || !waiting_.empty(); });
    if (over_)
        return nullptr;
    running_ = std::move(waiting_.front());
    waiting_.pop_front();
    return running_;
}

void Session::run(Task& task) {
    if (task.job.estimate_only)
        estimate(task);
    else
        paint(task);
    // Pictures that were forgotten meanwhile are freed now, not when the next job comes.
    task.pictures.clear();
    task.unpacked.clear();
}

void Session::estimate(Task& task) {
    const auto estimate = guarded([&] { return painter_.estimate(task.request()); });
    if (estimate)
        answer(protocol::Estimate{.id = task.job.id,
                                  .memory_needed = estimate->memory_needed,
                                  .time_needed = estimate->time_needed,
                                  .tiles = std::max(1, estimate->tiles),
                                  .device = painter_.device()});
    else
        answer(protocol::Failed{.id = task.job.id, .error = estimate.error()});
}

void Session::paint(Task& task) {
    const auto began = std::chrono::steady_clock::now();
    const auto painting = guarded([&] {
        return painter_.paint(
            task.request(), [&](const Update& update) { tell(task, update); }, task.stop.get_token());
    });
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;

    if (!painting && painting.error().code == ErrorCode::cancelled)
        answer(protocol::Cancelled{.id = task.job.id});
    else if (!painting)
        answer(protocol::Failed{.id = task.job.id, .error = painting.error()});
    else if (!send(task, *painting))
        answer(protocol::Cancelled{.id = task.job.id});
    else
        answer(protocol::Done{.id = task.job.id,
                              .seconds = std::max(0.0, (took - painter_.waited()).count()),
                              .device = painter_.device()});
}

/// A whole picture as messages, one per chunk; false if the job was cancelled meanwhile.
template <typename Send>
bool Session::in_chunks(const Task& task, ImageView painting, Send message_of) {
    const protocol::Sample sample = task.job.sample;
    const std::size_t samples_per_chunk = protocol::chunk_bytes / protocol::sample_bytes(sample);
    const auto samples = painting.span();
    for (std::size_t at = 0; at < samples.size(); at += samples_per_chunk) {
        const auto piece = samples.subspan(at, std::min(samples_per_chunk, samples.size() - at));
        protocol::Chunk chunk{.sample = sample,
                              .width = painting.width,
                              .height = painting.height,
                              .offset = at * protocol::sample_bytes(sample),
                              .bytes = protocol::in_wire_order(protocol::pack(piece, sample), sample)};
        if (!outbox_.post_bulk(message_of(std::move(chunk)), task.stop.get_token()))
            return false;
    }
    return true;
}

bool Session::send(const Task& task, const Image& painting) {
    return in_chunks(task, painting, [&](protocol::Chunk chunk) {
        return protocol::PaintingChunk{.id = task.job.id, .chunk = std::move(chunk)};
    });
}

/// A snapshot, and with it the painter, waits until the client has read the last one; a notice is never
/// dropped.
void Session::tell(Task& task, const Update& update) {
    const std::size_t backlog = outbox_.backlog();
    if (backlog > update_backlog_max && update.notice.empty() && update.snapshot.empty())
        return;
    protocol::Update message{.id = task.job.id,
                             .fraction = std::clamp(update.fraction, 0.0, 1.0),
                             .stage = update.stage,
                             .iteration = update.iteration,
                             .iterations = update.iterations,
                             .width = update.width,
                             .height = update.height,
                             .losses = update.losses,
                             .preview_width = 0,
                             .preview_height = 0,
                             .preview = {},
                             .notice = cut(update.notice, notice_length_max)};
    if (!update.preview.empty() && update.preview.samples() <= protocol::chunk_bytes &&
        backlog <= preview_backlog_max) {
        message.preview_width = update.preview.width;
        message.preview_height = update.preview.height;
        message.preview = protocol::pack(update.preview.span(), protocol::Sample::u8);
    }
    outbox_.post(message);
    if (update.snapshot.empty())
        return;
    const int number = ++task.snapshots;
    in_chunks(task, update.snapshot, [&](protocol::Chunk chunk) {
        return protocol::SnapshotChunk{
            .id = task.job.id, .number = number, .iteration = update.iteration, .chunk = std::move(chunk)};
    });
}

/// The last message of a job. After it a Cancel for the job is ignored, and its id may be reused.
void Session::answer(const protocol::Message& message) {
    const std::scoped_lock lock(mutex_);
    running_.reset();
    outbox_.post(message);
}

} // namespace neural_style::worker
