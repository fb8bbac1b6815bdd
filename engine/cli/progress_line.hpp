// SPDX-License-Identifier: GPL-3.0-or-later
/// Shows progress: a bar on a terminal, a few plain lines elsewhere, JSON lines for programs. Notices get a
/// line of their own.
///
///     ProgressLine progress(Talk::people);
///     engine.paint(request, [&](const Update& update) { progress.show(update); });
///     progress.finish();
#pragma once

#include "arguments.hpp"

#include <neural_style/engine.hpp>

#include <chrono>
#include <string>

namespace neural_style::cli {

/// Bar and lines go to standard error, JSON to standard output.
class ProgressLine {
  public:
    /// What stands for the bar where there is no terminal.
    enum class Elsewhere { lines, nothing };

    explicit ProgressLine(Talk talk, Elsewhere elsewhere = Elsewhere::lines);

    void show(const Update& update);
    /// Of other work than painting: how much of it is done, 0..1, and what of it.
    void show(double fraction, const std::string& what);
    /// Removes the bar.
    void finish();

  private:
    using Clock = std::chrono::steady_clock;

    void tell(const std::string& notice);
    void show_bar(double fraction, const std::string& what);
    void show_line(double fraction, const std::string& what);

    Talk talk_;
    Elsewhere elsewhere_;
    bool terminal_;
    bool bar_shown_ = false;
    int last_tenth_ = -1;   ///< of plain lines: one per tenth of the work
    int last_percent_ = -1; ///< of lines for programs about other work
    Clock::time_point start_ = Clock::now();
    Clock::time_point last_shown_{};
};

} // namespace neural_style::cli
