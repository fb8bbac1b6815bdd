// SPDX-License-Identifier: GPL-3.0-or-later
/// A timeout on the thread's main context that can be restarted and ends with its owner.
///
///     timer_.start(std::chrono::milliseconds(100), [this] { send(); });
#pragma once

#include <chrono>
#include <functional>
#include <glib.h>
#include <utility>

namespace neural_style {

class Timer {
  public:
    Timer() = default;
    ~Timer() { stop(); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void start(std::chrono::milliseconds delay, std::function<void()> action) {
        stop();
        action_ = std::move(action);
        source_ = g_timeout_source_new(guint(delay.count()));
        g_source_set_callback(
            source_,
            [](void* self) -> gboolean {
                auto& timer = *static_cast<Timer*>(self);
                g_source_unref(std::exchange(timer.source_, nullptr));
                auto action = std::move(timer.action_); // which may destroy the timer
                action();
                return G_SOURCE_REMOVE;
            },
            this, nullptr);
        g_source_attach(source_, g_main_context_get_thread_default());
    }
    void stop() {
        if (auto* const source = std::exchange(source_, nullptr)) {
            g_source_destroy(source);
            g_source_unref(source);
        }
    }
    bool runs() const { return source_ != nullptr; }

  private:
    GSource* source_ = nullptr;
    std::function<void()> action_;
};

} // namespace neural_style
