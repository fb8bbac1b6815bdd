// SPDX-License-Identifier: GPL-3.0-or-later
/// Turns Ctrl-C, and requests to end, into a stop token.
///
///     StopSignals signals;
///     engine.paint(request, show, signals.token());
#pragma once

#include <stop_token>
#include <thread>

namespace neural_style::cli {

/// As long as it lives, the first SIGINT, SIGTERM or SIGHUP asks to stop, the second ends the process at
/// once; one that was ignored before stays ignored. There is at most one at a time.
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
    int asked_; ///< eventfd that counts the signals
    int leave_; ///< eventfd that wakes the thread when it is no longer needed
    std::jthread thread_;
};

} // namespace neural_style::cli
