// SPDX-License-Identifier: GPL-3.0-or-later
/// The sizes that a painting grows through, and the optimiser steps at each: integers only, no network.
///
///     for (const Scale& scale : plan_scales(1024, 683, Quality::fine, {}))
///         paint_at(scale.width, scale.height, scale.iterations);
///
/// A size's "side" is the square root of its area, so that a panorama and a square of equal area cost the
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

/// The start of the optimisation: the photo or noise; a one-pass painting, whose large shapes are already in
/// place; a finished painting of full size; or the painting of a film's earlier frames, which is right about
/// most places.
enum class Begin { anew, instant, painting, motion };

/// Coarse to fine. The last scale has exactly the requested size; the others have the same sides for every
/// size, so that a small painting of a photo is a step towards a large one and both have the same strokes.
/// The coarsest scale comes twice if there are several. Strokes are laid out at the coarse scales, where the
/// network sees much of the picture at once, and refined at the fine ones (Gatys et al. 2017, section 5). If
/// the start is a painting, the coarse scales, or all but the last, are skipped. For a film's frame there are
/// two: one that gives what was hidden before its strokes, and the last.
std::vector<Scale> plan_scales(int width, int height, Quality quality, std::optional<int> iterations,
                               Begin begin = Begin::anew);

} // namespace neural_style
