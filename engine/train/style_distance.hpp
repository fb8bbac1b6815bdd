// SPDX-License-Identifier: GPL-3.0-or-later
/// How far features are from a style's, for trainings: Gram matrices (Gatys et al. 2016), means and
/// deviations (Huang and Belongie 2017), relative to the style's own, so that layers of any size compare.
///
///     const auto wanted = statistics_of(encoder.features(style).at("relu3_1"));
///     const auto loss = style_distance(statistics_of(encoder.features(painting).at("relu3_1")), wanted);
#pragma once

#include <array>
#include <torch/types.h>

namespace neural_style {

/// Layers that trainings look at for style, and how much each counts: strokes show in the middle ones; the
/// first knows little but colours.
inline constexpr std::array style_taps{"relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"};
inline constexpr std::array style_tap_weights{0.1, 0.4, 1.0, 1.2, 0.8};

/// Of [batch, channels, height, width], per position.
struct TapStatistics {
    torch::Tensor gram;    ///< [batch, channels, channels]
    torch::Tensor moments; ///< means and deviations, [2, batch, channels]
};

TapStatistics statistics_of(const torch::Tensor& features);

/// Half of it squared differences of Gram matrices over the wanted one's squares, half of it those of moments
/// over the wanted variance; the mean over the batch. `wanted` has one style for each, or one for all.
torch::Tensor style_distance(const TapStatistics& found, const TapStatistics& wanted);

} // namespace neural_style
