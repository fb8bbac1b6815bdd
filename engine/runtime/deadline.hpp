// SPDX-License-Identifier: GPL-3.0-or-later
/// Requests the current result when the time is up, or when somebody else does.
///
///     const Deadline deadline(request.keep, settings.time_limit);
///     optimize(..., stop, deadline.keep());
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace neural_style {

class Deadline {
  public:
    /// `seconds` from now; 0: never.
    Deadline(const std::stop_token& keep, double seconds);

    std::stop_token keep() const { return source_.get_token(); }

  private:
    std::stop_source source_;
    std::stop_callback<std::function<void()>> on_keep_;
    std::mutex mutex_;
    std::condition_variable_any ended_;
    std::jthread clock_; // last: it uses the others
};

} // namespace neural_style
