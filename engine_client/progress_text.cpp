// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress_text.hpp"

#include "translation.hpp"

#include <neural_style/formatted.hpp>

#include <cmath>

namespace neural_style {
namespace {

std::string remaining(double seconds) {
    if (seconds < 1.5)
        return _("nearly done");
    if (seconds < 90) // exact at first, then in steps that do not flicker
        return sentence(_("about {} s left"),
                        int(seconds < 20 ? std::lround(seconds) : std::lround(seconds / 5) * 5));
    return sentence(_("about {} min left"), int(std::lround(seconds / 60)));
}

} // namespace

std::string ProgressText::text(const protocol::Update& update, Clock::time_point now) const {
    std::string words;
    switch (update.stage) {
    case Stage::preparing:
        words = _("Looking at both pictures");
        break;
    case Stage::painting:
        words = update.iterations > 0 ? sentence(_("Painting at {} × {}, step {} of {}"), update.width,
                                                 update.height, update.iteration, update.iterations)
                                      : sentence(_("Painting at {} × {}"), update.width, update.height);
        break;
    case Stage::finishing:
        words = _("Finishing the painting");
        break;
    case Stage::waiting: // nobody knows how long the other one takes
        return _("Waiting for another painting");
    }
    if (update.fraction < 0.05 || update.fraction >= 1)
        return words;
    const double so_far = std::chrono::duration<double>(now - start_).count();
    return sentence(_("{}, {}"), words, remaining(so_far * (1 - update.fraction) / update.fraction));
}

std::string ProgressText::log_line(const protocol::Update& update) {
    std::string line = formatted("{} % {}", int(update.fraction * 100), name_of(update.stage).data());
    if (update.width > 0)
        line += formatted(" {}x{}", update.width, update.height);
    if (update.iterations > 0)
        line += formatted(" step {} of {}", update.iteration, update.iterations);
    return line;
}

} // namespace neural_style
