// SPDX-License-Identifier: GPL-3.0-or-later
/// Describes a painting's progress in words, for the dialog, the status bar and the log.
///
///     ProgressText words;
///     label = words.text(update);            // "Painting at 512 × 384, step 12 of 60, about 15 s left"
///     log << ProgressText::log_line(update);     // "42 % painting 512x384 step 12 of 60"
#pragma once

#include "message.hpp"

#include <chrono>
#include <string>

namespace neural_style {

/// Measures time from its construction; one for each painting.
class ProgressText {
  public:
    using Clock = std::chrono::steady_clock;

    explicit ProgressText(Clock::time_point start = Clock::now()) : start_(start) {}

    /// Translated: the activity, its progress and the remaining time. The latter is extrapolated, and omitted
    /// for the first twentieth, when it would be a guess.
    std::string text(const protocol::Update& update, Clock::time_point now = Clock::now()) const;

    /// English, for the log.
    static std::string log_line(const protocol::Update& update);

  private:
    Clock::time_point start_;
};

} // namespace neural_style
