// SPDX-License-Identifier: GPL-3.0-or-later
/// The objective of every optimised painting: content, style and smoothness, as the style loss defines them.
/// Further losses are added as to any objective.
///
///     PaintingObjective objective(network, StyleLoss::gaussian, {.content = 1, .style = 18, .tv = 2});
///     objective.style_like(style_picture, {{"relu1_1", 0.2}, …}, {}, stop);
///     objective.content_like(content_picture, {{"relu4_2", 1.0}}, stop);
///     Losses losses = objective.evaluate(picture, &gradient, stop);
#pragma once

#include "loss_weights.hpp"
#include "objective.hpp"
#include "statistics_loss.hpp"
#include "weighted_layers.hpp"

#include <neural_style/settings.hpp>

#include <stop_token>
#include <torch/types.h>
#include <vector>

namespace neural_style {

class ContentLoss;

class PaintingObjective : public Objective {
  public:
    /// `smoothed`: content and style compare smoothed features (smoothing.hpp).
    PaintingObjective(const FeatureNetwork& network, StyleLoss loss, const LossWeights& weights,
                      const View& view = {}, bool smoothed = false);

    /// See StatisticsLoss::like.
    void style_like(const std::vector<SeenStyle>& parts, const WeightedLayers& layers,
                    const StylePlace& place, const std::stop_token& stop);
    void style_like(const torch::Tensor& style, const WeightedLayers& layers, const StylePlace& place,
                    const std::stop_token& stop) {
        style_like(std::vector<SeenStyle>{{style}}, layers, place, stop);
    }
    /// See StatisticsLoss::strengthen.
    void strengthen_style(double factor);
    /// See ContentLoss::like.
    void content_like(const torch::Tensor& content, const WeightedLayers& layers,
                      const std::stop_token& stop);

  private:
    StatisticsLoss* style_; // in the list, as is the next
    ContentLoss* content_;
};

} // namespace neural_style
