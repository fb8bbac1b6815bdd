// SPDX-License-Identifier: GPL-3.0-or-later
#include "stop_signals.hpp"

#include "exit_status.hpp"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace neural_style::cli {

StopSignals::StopSignals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    signals_ = signalfd(-1, &set, SFD_CLOEXEC);
    leave_ = eventfd(0, EFD_CLOEXEC);
    thread_ = std::jthread([this] { wait(); });
}

StopSignals::~StopSignals() {
    const std::uint64_t one = 1;
    if (write(leave_, &one, sizeof one) == sizeof one)
        thread_.join();
    close(signals_);
    close(leave_);
}

void StopSignals::wait() {
    pollfd watched[] = {{signals_, POLLIN, 0}, {leave_, POLLIN, 0}};
    for (;;) {
        if (poll(watched, 2, -1) < 0 && errno != EINTR)
            return;
        if (watched[1].revents)
            return;
        signalfd_siginfo signal;
        if (watched[0].revents && read(signals_, &signal, sizeof signal) == sizeof signal)
            if (!stop_.request_stop())
                std::_Exit(exit_stopped);
    }
}

} // namespace neural_style::cli
