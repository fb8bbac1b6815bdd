// SPDX-License-Identifier: GPL-3.0-or-later
/// Turns Ctrl-C and termination signals into a stop token.
///
///     StopSignals signals;
///     engine.paint(request, show, signals.token());
#pragma once

#include <csignal>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace neural_style::cli {

/// While it exists, the first SIGINT, SIGTERM or SIGHUP requests a stop and the second ends the process;
/// signals that were ignored before stay ignored. Before and after it they end the process at once, with
/// the same status (engine/launcher). At most one at a time.
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
    std::vector<std::pair<int, struct sigaction>> before_; ///< what the signals did
    int asked_;                                            ///< eventfd counting the signals
    int leave_;                                            ///< eventfd that ends the thread
    std::jthread thread_;
};

/// From now on nothing stops the process: what was wanted is there, and only remains to be told.
void ignore_stop_signals();

} // namespace neural_style::cli
