// SPDX-License-Identifier: GPL-3.0-or-later
#include "outbox.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <unistd.h>
#include <utility>

namespace neural_style::worker {

namespace {

/// Whether everything was written. Any error but an interruption means that the client is gone.
bool written(int out, const protocol::Bytes& frame) {
    for (std::size_t offset = 0; offset < frame.size();) {
        const ssize_t length = write(out, frame.data() + offset, frame.size() - offset);
        if (length > 0)
            offset += static_cast<std::size_t>(length);
        else if (errno != EINTR)
            return false;
    }
    return true;
}

} // namespace

Outbox::Outbox(int out, Leave leave)
    : out_(out), leave_(std::move(leave)), writer_([this](std::stop_token stop) { write_all(stop); }) {}

Outbox::~Outbox() = default;

void Outbox::post(const protocol::Message& message) {
    const std::scoped_lock lock(mutex_);
    append(message);
}

bool Outbox::post_bulk(const protocol::Message& message, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [&] { return backlog_ < bulk_bytes_max; }) || stop.stop_requested())
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
    changed_.wait_for(lock, std::chrono::seconds(1), [&] { return backlog_ == 0; });
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
    if (backlog_ + frame->size() > bytes_max)
        leave_(EXIT_FAILURE);
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
        if (!written(out_, frame))
            leave_(EXIT_FAILURE);
        lock.lock();
        backlog_ -= frame.size();
        changed_.notify_all();
        if (ends_ && frames_.empty())
            leave_(EXIT_FAILURE);
    }
}

} // namespace neural_style::worker
