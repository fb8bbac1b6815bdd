// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared_server.hpp"

#include "joining.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <sys/file.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace neural_style::worker {

using namespace std::chrono_literals;

namespace {

constexpr auto between_looks = 500ms;
/// A client sends its streams as soon as it is connected.
constexpr auto patience_for_streams = 1s;
/// Whoever has started this engine comes at once.
constexpr auto patience_for_the_first = 1s;

bool is_ours(int connection) {
    ucred peer{};
    socklen_t length = sizeof peer;
    return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == geteuid();
}

} // namespace

void ClientLine::leave(int status) {
    if (left_.exchange(true))
        return;
    const auto byte = static_cast<unsigned char>(status);
    send(tether(), &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    shutdown(tether(), SHUT_RDWR);
}

void SharedServer::serve(std::function<void(ClientLine&)> converse) {
    using Clock = std::chrono::steady_clock;
    std::signal(SIGPIPE, SIG_IGN);
    flock(sharing::lock_descriptor, LOCK_UN);
    auto came_last = Clock::now() + patience_for_the_first;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            std::max(came_last, turns_.left_last()) + limits_.idle - Clock::now());
        if (conversations_.empty() && left <= 0ms)
            end_unless_somebody_comes();
        if (sharing::is_heard(sharing::listener_descriptor,
                              conversations_.empty() ? std::max(left, 10ms) : between_looks)) {
            accept_client(converse);
            came_last = Clock::now();
        } else {
            look_after_conversations();
        }
    }
}

void SharedServer::accept_client(const std::function<void(ClientLine&)>& converse) {
    Descriptor connection(accept4(sharing::listener_descriptor, nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection || !is_ours(connection.get()))
        return;
    auto streams = sharing::received_streams(connection.get(), patience_for_streams);
    constexpr char welcome = 1;
    if (!streams || send(connection.get(), &welcome, 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1)
        return;
    auto& conversation = conversations_.emplace_back(*std::move(streams), std::move(connection));
    try {
        conversation.thread = std::thread([&line = conversation.line, &converse] {
            converse(line);
            line.streams_ = sharing::Streams(); // the client waits for their end
            line.is_over_ = true;
        });
    } catch (const std::system_error&) { // no more threads
        conversation.line.leave(EXIT_FAILURE);
        conversations_.pop_back();
    }
}

void SharedServer::look_after_conversations() {
    // Looks are counted instead of time, which passes while this process stands still as well.
    const auto most_looks = limits_.stop / between_looks;
    for (auto one = conversations_.begin(); one != conversations_.end();) {
        auto& line = one->line;
        if (line.is_over_) {
            one->thread.join();
            one = conversations_.erase(one);
            continue;
        }
        if (line.left_ && ++one->looks_since_left > most_looks)
            std::_Exit(EXIT_FAILURE);
        ++one;
    }
}

/// Whoever has connected already has done so with the lock, and holds it until the answer.
void SharedServer::end_unless_somebody_comes() {
    if (flock(sharing::lock_descriptor, LOCK_EX | LOCK_NB) != 0)
        return;
    unlink(socket_.c_str());
    std::_Exit(EXIT_SUCCESS);
}

} // namespace neural_style::worker
