// SPDX-License-Identifier: GPL-3.0-or-later
/// What sets the style losses apart, a row for each: who depends on a style loss asks its row, never which
/// one it is.
///
///     const StyleLossRow& row = style_loss_row(settings.style_loss);
///     StyleTarget target = row.target(style_sums);
#pragma once

#include "loss_weights.hpp"
#include "schedule.hpp"
#include "style_loss.hpp"

#include <neural_style/settings.hpp>

#include <array>

namespace neural_style {

/// What a style loss compares of the features at a layer's positions.
enum class Statistics {
    gram,     ///< their mean products
    moments,  ///< means and standard deviations
    gaussian, ///< means and covariances
};

/// What is taken of squared differences of features and of neighbouring pixels.
enum class Measure {
    sums,  ///< as Gatys et al. 2016 write them, of four neighbours
    means, ///< so that weights say the same at every size; of eight neighbours
};

/// How the style layers share the loss where no weights of layers are given.
enum class LayerShares {
    even,
    strokes_first, ///< brush strokes live in the shallower layers
};

struct StyleLossRow {
    StyleLoss loss;
    Statistics statistics;
    StyleTarget (*target)(const FeatureSums& style); ///< how two pictures' statistics are compared
    /// Whether it counts by the share of the picture that a region covers. A mean over positions has to: each
    /// position's part in it is larger the smaller the region is, which would be painted more strongly.
    bool counts_by_area;
    Measure measure;     ///< of content and smoothness beside it
    LossWeights weights; ///< at which the default network paints; those of the settings multiply them
    LayerShares layer_shares;
    bool steered;    ///< its weight is found from scale to scale
    bool with_brush; ///< matches of the manner `brush` may accompany it
    bool with_grain; ///< the style's grain may be given to what it paints
    const Schedule& schedule;
};

/// In the order of `StyleLoss`.
extern const std::array<StyleLossRow, names<StyleLoss>.size()> style_loss_table;

const StyleLossRow& style_loss_row(StyleLoss loss);

} // namespace neural_style
