// SPDX-License-Identifier: GPL-3.0-or-later
/// What ends the work on a painting: a request to stop at any time, and a request to keep it once there is
/// something to keep.
///
///     const Interruption interruption(stop, keep);
///     while (!interruption.keeps(painted))
///         step(interruption.token(painted));
#pragma once

#include <functional>
#include <stop_token>

namespace neural_style {

class Interruption {
  public:
    Interruption(const std::stop_token& stop, const std::stop_token& keep)
        : stop_(stop), keep_(keep), on_stop_(stop, [this] { either_.request_stop(); }),
          on_keep_(keep, [this] { either_.request_stop(); }) {}

    /// The token for a piece of work; `painted`: there is something to keep.
    std::stop_token token(bool painted) const { return painted ? either_.get_token() : stop_; }
    /// Whether the painting so far is wanted now.
    bool keeps(bool painted) const { return painted && keep_.stop_requested() && !stop_.stop_requested(); }

  private:
    std::stop_token stop_, keep_;
    std::stop_source either_;
    std::stop_callback<std::function<void()>> on_stop_, on_keep_; // last: they use the source
};

} // namespace neural_style
