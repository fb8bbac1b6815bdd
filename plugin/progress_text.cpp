// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress_text.hpp"

#include "text.hpp"

#include <cmath>

namespace neural_style::plugin {
namespace {

std::string remaining(double seconds) {
    if (seconds < 1.5)
        return _("nearly done");
    if (seconds < 90) // to the second at first, then in steps that do not flicker
        return text(_("about %d s left"),
                    int(seconds < 20 ? std::lround(seconds) : std::lround(seconds / 5) * 5));
    return text(_("about %d min left"), int(std::lround(seconds / 60)));
}

} // namespace

std::string ProgressText::sentence(const protocol::Update& update, Clock::time_point now) const {
    std::string words;
    switch (update.stage) {
    case Stage::preparing:
        words = _("Looking at both pictures");
        break;
    case Stage::painting:
        words = update.iterations > 0 ? text(_("Painting at %d × %d, step %d of %d"), update.width,
                                             update.height, update.iteration, update.iterations)
                                      : text(_("Painting at %d × %d"), update.width, update.height);
        break;
    case Stage::finishing:
        words = _("Finishing the painting");
        break;
    }
    if (update.fraction < 0.05 || update.fraction >= 1)
        return words;
    const double so_far = std::chrono::duration<double>(now - start_).count();
    return text(_("%s, %s"), words.c_str(),
                remaining(so_far * (1 - update.fraction) / update.fraction).c_str());
}

std::string ProgressText::log_line(const protocol::Update& update) {
    std::string line = text("%d %% %s", int(update.fraction * 100), name_of(update.stage).data());
    if (update.width > 0)
        line += text(" %dx%d", update.width, update.height);
    if (update.iterations > 0)
        line += text(" step %d of %d", update.iteration, update.iterations);
    return line;
}

} // namespace neural_style::plugin
