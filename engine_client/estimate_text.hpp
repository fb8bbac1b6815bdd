// SPDX-License-Identifier: GPL-3.0-or-later
/// Describes the cost of a painting: "about 40 s, 1.1 GB, CPU, 2 cores".
///
///     label = estimate_text(estimate);
#pragma once

#include "message.hpp"

#include <string>

namespace neural_style {

/// Translated. Seconds are rounded to an estimate's accuracy, bytes to tenths of a gigabyte.
std::string estimate_text(const protocol::Estimate& estimate);

/// Translated, for any duration: "3 s", "40 s", "5 min", "2 h".
std::string duration_text(double seconds);

} // namespace neural_style
