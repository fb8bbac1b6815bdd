// SPDX-License-Identifier: GPL-3.0-or-later
/// Better ways for pixels at the border of a motion, where a flow is a mixture of both sides.
///
///     auto ways = flows(before, here);
///     auto trust = trusted(ways);
///     borrow_ways(ways, trust, before, here);
#pragma once

#include "flow.hpp"

#include <neural_style/image.hpp>

#include <vector>

namespace neural_style {

/// A pixel of `here` that is not trusted, or whose way leads to what looks otherwise, takes the way, of its
/// own and of trusted pixels up to 40 pixels off, that leads to what looks most like its surroundings. It is
/// trusted if they differ by no more than is usual for trusted pixels, or by 6 levels of 255, and if the way
/// back, found in the same manner, meets it: what was hidden in `before` may look like something there, but
/// that is shown elsewhere. Compared are those pixels of a square that are like its middle, so that it may
/// lie across the border: the support weights of Yoon and Kweon 2006 ("Adaptive support-weight approach for
/// correspondence search"), here 0 or 1. `before` and `here`: frames, of the flow's size.
void borrow_ways(Flows& ways, std::vector<float>& trust, ImageView before, ImageView here);

} // namespace neural_style
