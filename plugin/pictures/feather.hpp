// SPDX-License-Identifier: GPL-3.0-or-later
/// Softens the edge of a mask.
///
///     feather(mask.values, width, height, 12);
#pragma once

#include <vector>

namespace neural_style::plugin {

/// Nearly a Gaussian whose standard deviation is half the radius: three running means, in linear time for any
/// radius (Wells 1986). At the border the mask goes on as it is there. `values` are width x height, top left
/// first. A radius of 0 or less, in pixels, changes nothing.
void feather(std::vector<float>& values, int width, int height, double radius);

} // namespace neural_style::plugin
