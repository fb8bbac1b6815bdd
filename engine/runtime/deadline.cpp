// SPDX-License-Identifier: GPL-3.0-or-later
#include "deadline.hpp"

#include <chrono>

namespace neural_style {

Deadline::Deadline(const std::stop_token& keep, double seconds)
    : on_keep_(keep, [this] { source_.request_stop(); }) {
    if (seconds <= 0)
        return;
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                               std::chrono::duration<double>(seconds));
    clock_ = std::jthread([this, end](const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        ended_.wait_until(lock, stop, end, [] { return false; });
        if (!stop.stop_requested())
            source_.request_stop();
    });
}

} // namespace neural_style
