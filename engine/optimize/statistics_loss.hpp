// SPDX-License-Identifier: GPL-3.0-or-later
/// How much the statistics of a painting's features differ from those of styles, as a style loss defines it.
///
///     StatisticsLoss loss(style_loss_row(StyleLoss::gaussian), 18);
///     loss.like(viewer, {{style_picture}}, {{"relu1_1", 0.2}, …}, {}, stop);
#pragma once

#include "feature_loss.hpp"
#include "style_loss_table.hpp"
#include "style_parts.hpp"
#include "weighted_layers.hpp"

#include <map>
#include <stop_token>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// Where a style applies, and with which share.
struct StylePlace {
    double share = 1;        ///< of the style loss, relative to other styles in that place
    torch::Tensor weights{}; ///< [height, width] of the pictures to evaluate, 0..1; undefined: everywhere
};

class StatisticsLoss : public SumsLoss {
  public:
    StatisticsLoss(const StyleLossRow& row, double weight, bool smoothed = false)
        : SumsLoss(smoothed), row_(&row), weight_(weight) {}

    LossTerm term() const override { return LossTerm::style; }
    double weight() const override { return weight_; }
    /// Multiplies its weight by `factor`, starting with the next evaluation.
    void strengthen(double factor) { weight_ *= factor; }

    /// Adds a style, whole or in parts that are processed one by one; what is not seen weighs nothing. Styles
    /// with the same `weights` tensor share a place.
    void like(Viewer& viewer, const std::vector<SeenStyle>& parts, const WeightedLayers& layers,
              const StylePlace& place, const std::stop_token& stop);

    Amount compare(const std::vector<Sums>& places, const Evaluated& picture,
                   std::vector<Gradients>& gradients) const override;

  private:
    struct Style {
        StyleTarget target;
        double share;
    };
    struct Layer {
        double weight; // the layer's share of the loss
        int stride;
        std::vector<Style> styles;
    };
    std::size_t place_of(const torch::Tensor& weights);

    const StyleLossRow* row_;
    double weight_;
    std::vector<std::map<int, Layer>> layers_; // by place
};

} // namespace neural_style
