// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress_line.hpp"

#include "output.hpp"
#include "text_columns.hpp"
#include "translation.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace neural_style::cli {
namespace {

/// Often enough to look alive, rarely enough to cost nothing.
constexpr auto bar_interval = std::chrono::milliseconds(100);

/// Fraction below which the end cannot be predicted.
constexpr double too_early = 0.03;

int terminal_columns() {
    winsize size{};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}

const char* name_of(Stage stage) {
    switch (stage) {
    case Stage::preparing:
        return "preparing";
    case Stage::painting:
        return "painting";
    case Stage::finishing:
        return "finishing";
    case Stage::waiting:
        return "waiting";
    }
    return "";
}

std::string what_happens(const Update& update) {
    switch (update.stage) {
    case Stage::waiting: // only in an engine that several programs share
    case Stage::preparing:
        return _("preparing");
    case Stage::painting:
        if (update.iterations == 0) // one pass
            return sentence(_("{} x {} pixels"), update.width, update.height);
        return sentence(_("{} x {} pixels, step {} of {}"), update.width, update.height, update.iteration,
                        update.iterations);
    case Stage::finishing:
        return _("finishing");
    }
    return {};
}

std::string duration(double seconds) {
    const int whole = int(std::lround(std::max(seconds, 0.0)));
    const int minutes = whole / 60, rest = whole % 60;
    if (minutes == 0)
        return sentence(_("{} s"), rest);
    return sentence(_("{} min {} s"), minutes, rest);
}

} // namespace

ProgressLine::ProgressLine(Talk talk, Elsewhere elsewhere)
    : talk_(talk), elsewhere_(elsewhere), terminal_(isatty(STDERR_FILENO)) {}

void ProgressLine::show(const Update& update) {
    if (talk_ == Talk::nobody)
        return;
    if (!update.notice.empty())
        tell(std::string(update.notice));
    if (talk_ == Talk::people)
        return show(update.fraction, what_happens(update));
    nlohmann::ordered_json line{{"type", "update"},
                                {"fraction", update.fraction},
                                {"stage", name_of(update.stage)},
                                {"iteration", update.iteration},
                                {"iterations", update.iterations},
                                {"width", update.width},
                                {"height", update.height}};
    update.losses.each(
        [&](std::string_view name, const Loss& loss) { line[std::string(name) + "-loss"] = loss.value; });
    print_json(line);
}

void ProgressLine::show(double fraction, const std::string& what) {
    if (talk_ == Talk::people)
        return terminal_ ? show_bar(fraction, what) : show_line(fraction, what);
    if (talk_ == Talk::programs && std::exchange(last_percent_, int(fraction * 100)) != int(fraction * 100))
        print_json({{"type", "update"}, {"fraction", fraction}, {"message", what}});
}

void ProgressLine::tell(const std::string& notice) {
    if (talk_ == Talk::programs)
        return print_json({{"type", "notice"}, {"message", notice}});
    finish();
    note(notice);
}

void ProgressLine::show_bar(double fraction, const std::string& what) {
    const auto now = Clock::now();
    if (bar_shown_ && now - last_shown_ < bar_interval)
        return;
    last_shown_ = now;
    bar_shown_ = true;
    std::string text = sentence("{:3}%  {}", int(fraction * 100), what); // on one line
    const double elapsed = std::chrono::duration<double>(now - start_).count();
    if (fraction > too_early)
        text += ", " + sentence(_("{} left"), duration(elapsed / fraction * (1 - fraction)));
    const int room = std::clamp(terminal_columns() - columns_of(text) - 5, 0, 40);
    std::string bar;
    if (room >= 5) {
        const int done = int(fraction * room);
        bar = "[" + std::string(done, '#') + std::string(room - done, '.') + "] ";
    }
    std::fprintf(stderr, "\r%s%s\033[K", bar.c_str(), text.c_str());
    std::fflush(stderr);
}

void ProgressLine::show_line(double fraction, const std::string& what) {
    const int tenth = int(fraction * 10);
    if (tenth == last_tenth_ || elsewhere_ == Elsewhere::nothing)
        return;
    last_tenth_ = tenth;
    note(sentence("{:3}%  {}", int(fraction * 100), what));
}

void ProgressLine::finish() {
    if (bar_shown_)
        std::fputs("\r\033[K", stderr);
    bar_shown_ = false;
}

} // namespace neural_style::cli
