// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/session.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <new>
#include <span>
#include <thread>
#include <unistd.h>
#include <utility>
#include <variant>

namespace neural_style::worker {

namespace {

/// Previews are left out while the client is this far behind, whole updates at twice as much.
constexpr std::size_t preview_backlog_max = std::size_t(1) << 20;

/// What the painter is given: the pictures, or only the sizes that their names tell.
ImageView view_of(const std::shared_ptr<const HeldPicture>& picture, const std::string& name) {
    if (picture)
        return picture->view();
    const auto described = protocol::described_by(name);
    return described ? ImageView{nullptr, described->width, described->height} : ImageView{};
}

/// The painter's answer, or its exception as an error.
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

Session::Session(Painter& painter, Outbox& outbox, Leave leave, SessionOptions options)
    : painter_(painter), outbox_(outbox), leave_(std::move(leave)), options_(options),
      pictures_(options.pictures_bytes_max) {}

void Session::serve(int in) {
    // Not joined: it ends with the process, which it ends itself.
    std::thread([this, in] { read(in); }).detach();
    for (;;) {
        const std::shared_ptr<Task> task = next_task();
        run(*task);
    }
}

// --- reader's thread

void Session::read(int in) {
    protocol::Decoder decoder;
    protocol::Bytes piece(std::size_t(256) << 10);
    try {
        for (;;) {
            const ssize_t length = ::read(in, piece.data(), piece.size());
            if (length < 0 && errno == EINTR)
                continue;
            if (length <= 0)
                leave_(EXIT_SUCCESS);
            decoder.feed(std::span(piece).first(static_cast<std::size_t>(length)));
            for (;;) {
                auto message = decoder.next();
                if (!message)
                    refuse(std::move(message.error()));
                if (!*message)
                    break;
                std::visit(
                    [this](auto&& m) {
                        if constexpr (requires { take(std::move(m)); })
                            take(std::move(m));
                        else
                            refuse({ErrorCode::bad_message,
                                    "The client sent a message that only an engine sends. Check the command "
                                    "that starts the engine."});
                    },
                    **std::move(message));
            }
        }
    } catch (const std::bad_alloc&) {
        refuse({ErrorCode::out_of_memory, "Memory ran out while a picture arrived. Use smaller pictures."});
    }
}

void Session::take(protocol::PictureChunk chunk) {
    if (auto added = pictures_.add(chunk); !added)
        refuse(std::move(added.error()));
}

void Session::take(protocol::Forget forget) {
    pictures_.forget(forget.name);
}

void Session::take(protocol::Job job) {
    const auto has_id = [&](const std::shared_ptr<Task>& task) { return task && task->job.id == job.id; };
    auto task = std::make_shared<Task>();
    protocol::Failed failed{.id = job.id, .error = {.code = ErrorCode::invalid_request, .message = {}}};
    for (auto [name, held] : {std::pair(&job.content, &task->content), std::pair(&job.style, &task->style)}) {
        if (!protocol::described_by(*name))
            failed.error.message = "\"" + name->substr(0, 64) + "\" is not the name of a picture.";
        else if (!job.estimate_only && !(*held = pictures_.find(*name)))
            failed.missing.push_back(*name);
    }
    if (failed.error.message.empty() && !failed.missing.empty())
        failed.error.message = "The engine does not hold the picture any more. Start the job again.";

    const std::scoped_lock lock(mutex_);
    if (job.id == 0 || has_id(running_) || std::ranges::any_of(waiting_, has_id))
        refuse({ErrorCode::bad_message, "A job has the number of another one. Please report this."});
    if (waiting_.size() >= options_.jobs_max)
        failed.error.message = "Too many jobs are waiting. Let some of them end first.";
    if (!failed.error.message.empty()) {
        outbox_.post(failed);
        return;
    }
    task->job = std::move(job);
    waiting_.push_back(std::move(task));
    task_arrived_.notify_one();
}

void Session::take(protocol::Cancel cancel) {
    const std::scoped_lock lock(mutex_);
    if (running_ && running_->job.id == cancel.id) {
        running_->stop.request_stop(); // the painting thread answers
        return;
    }
    const auto found = std::ranges::find(waiting_, cancel.id, [](const auto& task) { return task->job.id; });
    if (found == waiting_.end())
        return; // answered already
    waiting_.erase(found);
    outbox_.post(protocol::Cancelled{.id = cancel.id});
}

void Session::refuse(Error error) {
    outbox_.post(protocol::Failed{.id = 0, .error = std::move(error)});
    outbox_.flush();
    leave_(EXIT_FAILURE);
    std::abort(); // leave does not return
}

// --- painting thread

std::shared_ptr<Session::Task> Session::next_task() {
    std::unique_lock lock(mutex_);
    task_arrived_.wait(lock, [this] { return !waiting_.empty(); });
    running_ = std::move(waiting_.front());
    waiting_.pop_front();
    return running_;
}

void Session::run(Task& task) {
    if (task.job.estimate_only)
        estimate(task);
    else
        paint(task);
    // Pictures that were forgotten meanwhile go now, not when the next job comes.
    task.content.reset();
    task.style.reset();
}

void Session::estimate(const Task& task) {
    const Request request{.content = view_of(task.content, task.job.content),
                          .styles = {{.picture = view_of(task.style, task.job.style)}},
                          .settings = task.job.settings};
    const auto estimate = guarded([&] { return painter_.estimate(request); });
    if (estimate)
        answer(protocol::Estimate{.id = task.job.id,
                                  .memory_needed = estimate->memory_needed,
                                  .time_needed = estimate->time_needed,
                                  .device = painter_.device()});
    else
        answer(protocol::Failed{.id = task.job.id, .error = estimate.error()});
}

void Session::paint(const Task& task) {
    const Request request{.content = task.content->view(),
                          .styles = {{.picture = task.style->view()}},
                          .settings = task.job.settings};
    const auto began = std::chrono::steady_clock::now();
    const auto painting = guarded([&] {
        return painter_.paint(
            request, [&](const Update& update) { tell(task, update); }, task.stop.get_token());
    });
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;

    if (!painting && painting.error().code == ErrorCode::cancelled)
        answer(protocol::Cancelled{.id = task.job.id});
    else if (!painting)
        answer(protocol::Failed{.id = task.job.id, .error = painting.error()});
    else if (!send(task, *painting))
        answer(protocol::Cancelled{.id = task.job.id});
    else
        answer(protocol::Done{.id = task.job.id, .seconds = took.count(), .device = painter_.device()});
}

/// The painting in chunks; false when the job was cancelled meanwhile.
bool Session::send(const Task& task, const Image& painting) {
    const protocol::Sample sample = task.job.sample;
    const std::size_t samples_per_chunk = protocol::chunk_bytes / protocol::sample_bytes(sample);
    const auto samples = painting.span();
    for (std::size_t at = 0; at < samples.size(); at += samples_per_chunk) {
        const auto piece = samples.subspan(at, std::min(samples_per_chunk, samples.size() - at));
        protocol::PaintingChunk chunk{.id = task.job.id,
                                      .chunk = {.sample = sample,
                                                .width = painting.width(),
                                                .height = painting.height(),
                                                .offset = at * protocol::sample_bytes(sample),
                                                .bytes = protocol::pack(piece, sample)}};
        if (!outbox_.post_bulk(chunk, task.stop.get_token()))
            return false;
    }
    return true;
}

void Session::tell(const Task& task, const Update& update) {
    const std::size_t backlog = outbox_.backlog();
    if (backlog > 2 * preview_backlog_max)
        return;
    protocol::Update message{.id = task.job.id,
                             .fraction = std::clamp(update.fraction, 0.0, 1.0),
                             .stage = update.stage,
                             .iteration = update.iteration,
                             .iterations = update.iterations,
                             .width = update.width,
                             .height = update.height,
                             .content_loss = update.content_loss,
                             .style_loss = update.style_loss,
                             .tv_loss = update.tv_loss,
                             .preview_width = 0,
                             .preview_height = 0,
                             .preview = {}};
    if (!update.preview.empty() && update.preview.samples() <= protocol::chunk_bytes &&
        backlog <= preview_backlog_max) {
        message.preview_width = update.preview.width;
        message.preview_height = update.preview.height;
        message.preview = protocol::pack(update.preview.span(), protocol::Sample::u8);
    }
    outbox_.post(message);
}

/// The last message of a job. From here on a Cancel for it is ignored, and its number may be used again.
void Session::answer(const protocol::Message& message) {
    const std::scoped_lock lock(mutex_);
    running_.reset();
    outbox_.post(message);
}

} // namespace neural_style::worker
