// SPDX-License-Identifier: GPL-3.0-or-later
/// The distance of features from a style, for training: Gram matrices (Gatys et al. 2016), means and
/// deviations (Huang and Belongie 2017), relative to the style's own, so that layers of any size are
/// comparable.
///
///     const auto wanted = statistics_of(encoder.features(style).at("relu3_1"));
///     const auto loss = style_distance(statistics_of(encoder.features(painting).at("relu3_1")), wanted);
#pragma once

#include <array>
#include <torch/types.h>

namespace neural_style {

/// Style layers for training, and their weights: strokes show in the middle ones; the first knows little but
/// colours.
inline constexpr std::array style_taps{"relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"};
inline constexpr std::array style_tap_weights{0.1, 0.4, 1.0, 1.2, 0.8};

/// Of [batch, channels, height, width], per position.
struct TapStatistics {
    torch::Tensor gram;    ///< [batch, channels, channels]
    torch::Tensor moments; ///< means and deviations, [2, batch, channels]
};

TapStatistics statistics_of(const torch::Tensor& features);

/// Half: squared differences of Gram matrices relative to the squares of the wanted ones; half: those of
/// moments relative to the wanted variance. The mean over the batch. `wanted` has one style for each picture,
/// or one for all.
torch::Tensor style_distance(const TapStatistics& found, const TapStatistics& wanted);

} // namespace neural_style
