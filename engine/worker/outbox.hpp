// SPDX-License-Identifier: GPL-3.0-or-later
/// Sends messages to the client from its own thread, so that no sender waits for a client that does not read.
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

/// Ends the process with that status, or, where it serves other clients, this client's conversation: then it
/// returns, and may be called again. Called from any thread, while others run.
using Leave = std::function<void(int status)>;

class Outbox {
  public:
    /// Pixels wait while more bytes than this are unwritten.
    static constexpr std::size_t bulk_bytes_max = std::size_t(4) << 20;
    /// A client that leaves this much unread has stopped reading.
    static constexpr std::size_t bytes_max = std::size_t(16) << 20;

    /// Writes to `out`, which the caller still owns. `leave` is called if the client becomes unreachable.
    /// Once the other end of `tether`, a socket, is closed, nothing waits for a client that does not read;
    /// -1: there is none.
    Outbox(int out, Leave leave, int tether = -1);
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;
    /// Waits for the current frame; later ones are lost. Programs exit without destroying it.
    ~Outbox();

    /// Never waits. A message that exceeds a limit of the wire is replaced by a Failed that says so. If it
    /// belonged to no job, `leave` is called when that is written.
    void post(const protocol::Message& message);
    /// Waits until there is room; returns whether the message was accepted. It is not once `stop` is
    /// requested.
    bool post_bulk(const protocol::Message& message, std::stop_token stop);
    /// Bytes accepted but not yet written.
    std::size_t backlog() const;
    /// Waits until everything is written, for at most a second.
    void flush();

  private:
    void append(const protocol::Message& message);
    bool written(const protocol::Bytes& frame) const;
    void lose(); // with the mutex locked
    void write_all(std::stop_token stop);

    int out_;
    int tether_;
    Leave leave_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<protocol::Bytes> frames_;
    std::size_t backlog_ = 0; // of frames_ and the frame being written
    bool ends_ = false;       // the last of frames_ tells a failure of the engine itself
    bool gone_ = false;       // the client; what is posted is lost
    std::jthread writer_;     // last, so that it ends before the members that it uses
};

} // namespace neural_style::worker
