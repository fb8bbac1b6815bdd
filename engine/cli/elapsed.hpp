// SPDX-License-Identifier: GPL-3.0-or-later
/// How long something took.
///
///     const auto start = Clock::now();
///     told.seconds = seconds_since(start);
#pragma once

#include <chrono>

namespace neural_style::cli {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

} // namespace neural_style::cli
