// SPDX-License-Identifier: GPL-3.0-or-later
/// Weights of a painting's losses.
///
///     LossWeights weights{.content = 1, .style = 18, .tv = 2};
#pragma once

namespace neural_style {

/// Content and style are alpha and beta of Gatys et al. 2016, equation 7; the others smooth the pixels.
struct LossWeights {
    double content = 1;
    double style = 1;
    double tv = 0;
    /// How many times more total variation counts for changes of colour: differences between neighbours minus
    /// their mean over the channels.
    double color_tv = 0;
    double weave = 0; ///< against patterns of two and three pixels along the axes: see `smoothness`
};

} // namespace neural_style
