// SPDX-License-Identifier: GPL-3.0-or-later
#include "outbox.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace neural_style::worker {

Outbox::Outbox(int out, Leave leave, int tether)
    : out_(out), tether_(tether), leave_(std::move(leave)),
      writer_([this](std::stop_token stop) { write_all(stop); }) {
    if (tether_ >= 0)
        fcntl(out_, F_SETFL, fcntl(out_, F_GETFL) | O_NONBLOCK);
}

Outbox::~Outbox() = default;

void Outbox::post(const protocol::Message& message) {
    const std::scoped_lock lock(mutex_);
    append(message);
}

bool Outbox::post_bulk(const protocol::Message& message, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [&] { return gone_ || backlog_ < bulk_bytes_max; }) ||
        stop.stop_requested())
        return false;
    append(message);
    return true;
}

std::size_t Outbox::backlog() const {
    const std::scoped_lock lock(mutex_);
    return backlog_;
}

void Outbox::flush() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(1), [&] { return gone_ || backlog_ == 0; });
}

void Outbox::append(const protocol::Message& message) {
    if (ends_)
        return;
    auto frame = protocol::encode(message);
    if (!frame) {
        const auto id = std::visit(
            [](const auto& m) -> std::uint64_t {
                if constexpr (requires { m.id; })
                    return m.id;
                return 0;
            },
            message);
        frame = protocol::encode(protocol::Failed{.id = id, .error = frame.error()});
        ends_ = id == 0; // as WIRE.md says
    }
    if (!gone_ && backlog_ + frame->size() > bytes_max)
        lose();
    if (gone_)
        return;
    backlog_ += frame->size();
    frames_.push_back(*std::move(frame));
    changed_.notify_all();
}

void Outbox::write_all(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [&] { return !frames_.empty(); })) {
        const protocol::Bytes frame = std::move(frames_.front());
        frames_.pop_front();
        lock.unlock();
        const bool well = written(frame);
        lock.lock();
        backlog_ -= frame.size();
        if (!well)
            lose();
        changed_.notify_all();
        if (ends_ && frames_.empty())
            leave_(EXIT_FAILURE);
    }
}

/// Whether everything was written. Any error but an interruption means that the client is gone.
bool Outbox::written(const protocol::Bytes& frame) const {
    for (std::size_t offset = 0; offset < frame.size();) {
        const ssize_t length = write(out_, frame.data() + offset, frame.size() - offset);
        if (length > 0) {
            offset += static_cast<std::size_t>(length);
        } else if (errno == EAGAIN) {
            std::array<pollfd, 2> both{{{out_, POLLOUT, 0}, {tether_, POLLIN | POLLRDHUP, 0}}};
            poll(both.data(), both.size(), -1);
            if (both[1].revents != 0)
                return false;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

void Outbox::lose() {
    gone_ = true;
    frames_.clear();
    changed_.notify_all();
    leave_(EXIT_FAILURE);
}

} // namespace neural_style::worker
