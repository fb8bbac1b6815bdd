// SPDX-License-Identifier: GPL-3.0-or-later
/// The traits of each style loss, one row each. Code that depends on a style loss asks its row, never which
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

/// The statistics that a style loss compares.
enum class Statistics {
    gram,     ///< their mean products
    moments,  ///< means and standard deviations
    gaussian, ///< means and covariances
};

/// How squared differences of features and of neighbouring pixels are combined.
enum class Measure {
    sums,  ///< as in Gatys et al. 2016; four neighbours
    means, ///< so that weights mean the same at every size; eight neighbours
};

/// How the style layers share the loss if no weights are given.
enum class LayerShares {
    even,
    strokes_first, ///< brush strokes live in the shallower layers
};

struct StyleLossRow {
    StyleLoss loss;
    Statistics statistics;
    StyleTarget (*target)(const FeatureSums& style); ///< compares two pictures' statistics
    /// Whether it is weighted by a region's share of the picture. A mean over positions must be: otherwise
    /// each position counts more the smaller the region, and small regions would be painted more strongly.
    bool counts_by_area;
    Measure measure;     ///< of the content loss and of smoothness
    LossWeights weights; ///< suit the default network; multiplied by those of the settings
    LayerShares layer_shares;
    bool steered;    ///< its weight is adjusted from scale to scale
    bool with_brush; ///< may be combined with the matches of manner `brush`
    bool with_grain; ///< its paintings may be given the style's grain
    const Schedule& schedule;
};

/// In the order of `StyleLoss`.
extern const std::array<StyleLossRow, names<StyleLoss>.size()> style_loss_table;

const StyleLossRow& style_loss_row(StyleLoss loss);

} // namespace neural_style
