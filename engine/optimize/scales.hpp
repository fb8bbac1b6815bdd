// SPDX-License-Identifier: GPL-3.0-or-later
/// The sizes a painting grows through, and how many optimiser steps each gets: integers only, no network.
///
///     for (const Scale& scale : plan_scales(1024, 683, Quality::fine, {}))
///         paint_at(scale.width, scale.height, scale.iterations);
///
/// A size's "side" is the square root of its area, so that a panorama and a square of the same area cost the
/// same.
#pragma once

#include <neural_style/settings.hpp>

#include <optional>
#include <vector>

namespace neural_style {

struct Scale {
    int width = 0; ///< in pixels
    int height = 0;
    int iterations = 0;

    double pixels() const { return double(width) * height; }
};

/// What the optimisation begins with: the photo or noise; what one pass paints, whose large shapes lie where
/// they should; or a finished painting of full size.
enum class Begin { anew, instant, painting };

/// Coarse to fine; the last one has exactly the size asked for, the others have the same sides whatever that
/// size is: so a small painting of a photo is a step on the way to a large one, and both have the same
/// strokes. The coarsest comes twice where there are several. Strokes are laid out at the coarse scales,
/// where the network sees much of the picture at once, and refined at the fine ones (Gatys et al. 2017,
/// section 5). Where there is a painting already, the coarse scales, or all but the last, are left out.
std::vector<Scale> plan_scales(int width, int height, Quality quality, std::optional<int> iterations,
                               Begin begin = Begin::anew);

} // namespace neural_style
