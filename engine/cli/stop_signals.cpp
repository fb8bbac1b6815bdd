// SPDX-License-Identifier: GPL-3.0-or-later
#include "stop_signals.hpp"

#include "exit_status.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace neural_style::cli {
namespace {

constexpr std::array stop_signals{SIGINT, SIGTERM, SIGHUP};

/// A signal handler has no argument: the eventfd of the only StopSignals, or -1.
std::atomic<int> asked = -1;
static_assert(std::atomic<int>::is_always_lock_free); // or a handler may not touch it

void add_one(int event) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(event, &one, sizeof one);
}

void ask(int) {
    const int error = errno;
    add_one(asked);
    errno = error;
}

} // namespace

// Handlers instead of a blocked mask with signalfd: LibTorch's libraries start threads before main(), in
// which the signals are not blocked and would end the process.
StopSignals::StopSignals() : asked_(eventfd(0, EFD_CLOEXEC)), leave_(eventfd(0, EFD_CLOEXEC)) {
    asked = asked_;
    for (const int signal : stop_signals) {
        struct sigaction previous = {};
        sigaction(signal, nullptr, &previous);
        if (previous.sa_handler == SIG_IGN) // nohup, or a shell's background job
            continue;
        struct sigaction action = {};
        action.sa_handler = ask;
        action.sa_flags = SA_RESTART;
        sigaction(signal, &action, nullptr);
        before_.emplace_back(signal, previous);
    }
    thread_ = std::jthread([this] { wait(); });
}

StopSignals::~StopSignals() {
    for (const auto& [signal, before] : before_) {
        struct sigaction now = {};
        sigaction(signal, nullptr, &now);
        if (now.sa_handler == ask)
            sigaction(signal, &before, nullptr);
    }
    asked = -1;
    add_one(leave_);
    thread_.join();
    close(asked_);
    close(leave_);
}

void StopSignals::wait() {
    std::array<pollfd, 2> watched{pollfd{asked_, POLLIN, 0}, pollfd{leave_, POLLIN, 0}};
    for (;;) {
        if (poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR)
            return;
        if (watched[1].revents)
            return;
        std::uint64_t times = 0;
        if (watched[0].revents && read(asked_, &times, sizeof times) == sizeof times)
            if ((!stop_.request_stop() || times > 1) && asked >= 0)
                std::_Exit(exit_stopped);
    }
}

void ignore_stop_signals() {
    for (const int signal : stop_signals)
        std::signal(signal, SIG_IGN);
    asked = -1;
}

} // namespace neural_style::cli
