// SPDX-License-Identifier: GPL-3.0-or-later
/// One conversation with a client: receives pictures and jobs, paints them in order, replies.
///
///     Outbox outbox(frames_out, leave);
///     Session session(painter, outbox, leave);
///     session.serve(STDIN_FILENO);
///
/// Threads: `serve` paints on the calling thread; a reader always drains the client's stream, so that Cancel
/// and the end of the stream are noticed during a job; the outbox writes.
#pragma once

#include "codec.hpp"
#include "outbox.hpp"
#include "painter.hpp"
#include "picture_store.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

namespace neural_style::worker {

struct SessionOptions {
    /// Limit for uploaded pictures, in bytes: ten photos of 9 megapixels.
    std::uint64_t pictures_bytes_max = std::uint64_t(1) << 30;
    /// More concurrent jobs are refused; a client needs two or three.
    std::size_t jobs_max = 256;
};

class Session {
  public:
    Session(Painter& painter, Outbox& outbox, Leave leave, SessionOptions options = {});

    /// Serves until the client is done, then calls `leave`, even during a job: with status 0 at the end of
    /// the stream, 1 after unintelligible input. If that returns, so does this, once the job has stopped.
    /// The end of `tether`, a socket over which nothing is sent, is the end of the stream, too; -1: there is
    /// none.
    void serve(int in, int tether = -1);

  private:
    struct Task {
        protocol::Job job;
        std::map<std::string, std::shared_ptr<const Samples>> pictures; // none for an estimate
        std::map<std::string, std::vector<float>> unpacked;             // of those, for the painter
        std::stop_source stop;
        std::stop_source keep;
        int snapshots = 0; // begun so far

        SamplesView samples(const std::string& name) const;
        const float* floats(const std::string& name);
        ImageView picture(const std::string& name);
        MaskView mask(const std::string& name);
        /// The painter's request; without data if only an estimate is wanted.
        Request request();
    };

    // Reader's thread.
    void read(int in, int tether);
    Result<void> take_all(int in, int tether);
    Result<void> take(protocol::PictureChunk chunk);
    Result<void> take(protocol::Job job);
    Result<void> take(protocol::Cancel cancel);
    Result<void> take(protocol::Keep keep);
    Result<void> take(protocol::Forget forget);

    // Painting thread.
    std::shared_ptr<Task> next_task(); // null: the conversation is over
    void run(Task& task);
    void estimate(Task& task);
    void paint(Task& task);
    template <typename Send>
    bool in_chunks(const Task& task, ImageView painting, Send message_of);
    bool send(const Task& task, const Image& painting);
    void tell(Task& task, const Update& update);
    void answer(const protocol::Message& message);

    Painter& painter_;
    Outbox& outbox_;
    Leave leave_;
    SessionOptions options_;
    PictureStore pictures_; // reader's thread only

    std::mutex mutex_; // guards what follows
    std::condition_variable task_arrived_;
    std::deque<std::shared_ptr<Task>> waiting_;
    std::shared_ptr<Task> running_;
    bool over_ = false;
};

} // namespace neural_style::worker
