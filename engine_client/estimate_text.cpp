// SPDX-License-Identifier: GPL-3.0-or-later
#include "estimate_text.hpp"

#include "translation.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <cmath>

namespace neural_style {

std::string duration_text(double seconds) {
    const auto rounded = [](double value, int step) { return int(std::lround(value / step)) * step; };
    if (!(seconds > 1)) // NaN too
        return sentence(_("{} s"), 1);
    if (seconds < 20)
        return sentence(_("{} s"), rounded(seconds, 1));
    if (seconds < 90)
        return sentence(_("{} s"), rounded(seconds, 5));
    if (seconds < 90 * 60)
        return sentence(_("{} min"), rounded(seconds / 60, 1));
    return sentence(_("{} h"), rounded(std::min(seconds / 3600, 1e6), 1));
}

std::string estimate_text(const protocol::Estimate& estimate) {
    const std::string memory =
        estimate.memory_needed >= 1'000'000'000
            ? sentence(_("{} GB"), formatted("{:.1f}", double(estimate.memory_needed) / 1e9))
            : sentence(_("{} MB"), estimate.memory_needed / 1'000'000);
    return sentence(_("about {}, {}, {}"), duration_text(estimate.time_needed), memory, estimate.device);
}

} // namespace neural_style
