// SPDX-License-Identifier: GPL-3.0-or-later
/// Softens the edge of a mask.
///
///     feather(mask.values, width, height, 12);
#pragma once

#include <vector>

namespace neural_style::plugin {

/// Nearly a Gaussian whose standard deviation is half the radius: three running means, linear time for any
/// radius (Wells 1986). The mask's border values are repeated outside. `values` are width x height, top left
/// first. A radius of 0 or less, in pixels, changes nothing.
void feather(std::vector<float>& values, int width, int height, double radius);

} // namespace neural_style::plugin
