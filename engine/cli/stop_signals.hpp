// SPDX-License-Identifier: GPL-3.0-or-later
/// Turns Ctrl-C, and requests to end, into a stop token.
///
///     StopSignals signals;                    // before any other thread is started
///     engine.paint(request, show, signals.token());
#pragma once

#include <stop_token>
#include <thread>

namespace neural_style::cli {

/// From its construction on, SIGINT, SIGTERM and SIGHUP are blocked in this thread and in those it starts:
/// one thread waits for them. The first asks to stop, the second ends the process at once.
class StopSignals {
  public:
    StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals();

    std::stop_token token() const { return stop_.get_token(); }

  private:
    void wait();

    std::stop_source stop_;
    int signals_ = -1; ///< signalfd
    int leave_ = -1;   ///< eventfd that wakes the thread when it is no longer needed
    std::jthread thread_;
};

} // namespace neural_style::cli
