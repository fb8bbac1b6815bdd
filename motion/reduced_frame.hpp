// SPDX-License-Identifier: GPL-3.0-or-later
/// A smaller copy of a frame.
#pragma once

#include <neural_style/samples.hpp>

namespace neural_style {

/// With at most about `pixels` pixels, of 8 bits: each the mean of those that it covers. A smaller frame
/// keeps its size.
Samples reduced_frame(SamplesView frame, double pixels);

} // namespace neural_style
