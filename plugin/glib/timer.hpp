// SPDX-License-Identifier: GPL-3.0-or-later
/// A timeout on the default main context that can be restarted and ends with its owner.
///
///     timer_.start(std::chrono::milliseconds(100), [this] { send(); });
#pragma once

#include <chrono>
#include <functional>
#include <glib.h>
#include <utility>

namespace neural_style::plugin {

class Timer {
  public:
    Timer() = default;
    ~Timer() { stop(); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void start(std::chrono::milliseconds delay, std::function<void()> action) {
        stop();
        action_ = std::move(action);
        source_ = g_timeout_add(
            guint(delay.count()),
            [](void* self) -> gboolean {
                auto& timer = *static_cast<Timer*>(self);
                timer.source_ = 0;
                auto action = std::move(timer.action_); // which may destroy the timer
                action();
                return G_SOURCE_REMOVE;
            },
            this);
    }
    void stop() {
        if (source_)
            g_source_remove(std::exchange(source_, 0));
    }
    bool runs() const { return source_ != 0; }

  private:
    guint source_ = 0;
    std::function<void()> action_;
};

} // namespace neural_style::plugin
