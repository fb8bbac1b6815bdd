// SPDX-License-Identifier: GPL-3.0-or-later
/// What a job will cost in bytes and seconds, from sizes alone.
#pragma once

#include "optimize.hpp"

#include <cstdint>

namespace neural_style {

/// Bytes at the peak on the backbone's device, the program itself included.
std::uint64_t memory_needed(const Backbone& backbone, const OptimizePlan& plan, const Settings& settings,
                            Size content, Size style);

/// Seconds, given how long one step takes per pixel of a picture that is large enough to keep the device
/// busy.
double time_needed(const OptimizePlan& plan, double seconds_per_pixel);

/// Measures one step on a small picture: about a tenth of a second.
double measured_seconds_per_pixel(const Backbone& backbone, int deepest);

} // namespace neural_style
