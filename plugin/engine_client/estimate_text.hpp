// SPDX-License-Identifier: GPL-3.0-or-later
/// Says what a painting will cost: "about 40 s, 1.1 GB, CPU, 2 cores".
///
///     label = estimate_text(estimate);
#pragma once

#include "message.hpp"

#include <string>

namespace neural_style::plugin {

/// Translated. Seconds are rounded to what an estimate is worth, bytes to tenths of a gigabyte.
std::string estimate_text(const protocol::Estimate& estimate);

/// Translated, for any length of time: "3 s", "40 s", "5 min", "2 h".
std::string duration_text(double seconds);

} // namespace neural_style::plugin
