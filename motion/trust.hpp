// SPDX-License-Identifier: GPL-3.0-or-later
/// How far a flow is right about a frame's pixels.
///
///     std::vector<float> trust = trusted(flows(before, here));   // a mask of the frame's size
#pragma once

#include "flow.hpp"

#include <vector>

namespace neural_style {

/// One value for each pixel of the later frame: 0 where it shows what was hidden or outside in the earlier
/// one, and at the border of a motion, else 1. Sundaram, Brox and Keutzer 2010 ("Dense point trajectories by
/// GPU-accelerated large displacement optical flow"), section 4, as Ruder, Dosovitskiy and Brox 2016 use it
/// in section 3: the ways there and back must meet, |w~ + w^|^2 <= 0.01 (|w~|^2 + |w^|^2) + 0.5, and
/// neighbours must move alike, |grad u^|^2 + |grad v^|^2 <= 0.01 |w^|^2 + 0.002.
std::vector<float> trusted(const Flows& flows);

} // namespace neural_style
