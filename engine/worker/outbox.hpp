// SPDX-License-Identifier: GPL-3.0-or-later
/// Sends messages to the client from a thread of its own, so that nobody who has something to say waits for
/// somebody who does not read.
///
///     Outbox outbox(frames_out, [](int status) { std::_Exit(status); });
///     outbox.post(Hello{...});
#pragma once

#include "codec.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace neural_style::worker {

/// Ends the process with that status; it does not return. Called from any thread, while others run.
using Leave = std::function<void(int status)>;

class Outbox {
  public:
    /// Pixels wait while this many bytes have not been written.
    static constexpr std::size_t bulk_bytes_max = std::size_t(4) << 20;
    /// A client that lets this much wait has stopped reading.
    static constexpr std::size_t bytes_max = std::size_t(16) << 20;

    /// Writes to `out`, which stays the caller's. `leave` is called when the client cannot be reached any
    /// more.
    Outbox(int out, Leave leave);
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;
    /// Waits for the frame that is being written; what is behind it is lost. Programs leave without coming
    /// here.
    ~Outbox();

    /// Never waits. A message that breaks a limit of the wire is replaced by a Failed that says so.
    void post(const protocol::Message& message);
    /// Waits until there is room; whether the message was accepted, which it is not once `stop` is requested.
    bool post_bulk(const protocol::Message& message, std::stop_token stop);
    /// Bytes accepted but not yet written.
    std::size_t backlog() const;
    /// Waits until everything is written, but no longer than a second.
    void flush();

  private:
    void append(const protocol::Message& message);
    void write_all(std::stop_token stop);

    int out_;
    Leave leave_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<protocol::Bytes> frames_;
    std::size_t backlog_ = 0; // of frames_ and of the one being written
    std::jthread writer_;     // last, so that it ends before what it uses
};

} // namespace neural_style::worker
