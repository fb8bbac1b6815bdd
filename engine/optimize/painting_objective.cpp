// SPDX-License-Identifier: GPL-3.0-or-later
#include "painting_objective.hpp"

#include "content_loss.hpp"
#include "smoothness_loss.hpp"

#include <memory>

namespace neural_style {

PaintingObjective::PaintingObjective(const FeatureNetwork& network, StyleLoss loss,
                                     const LossWeights& weights, const View& view, bool smoothed)
    : Objective(network, view) {
    const auto& row = style_loss_row(loss);
    auto style = std::make_unique<StatisticsLoss>(row, weights.style, smoothed);
    auto content = std::make_unique<ContentLoss>(row.measure, weights.content, smoothed);
    style_ = style.get();
    content_ = content.get();
    add(std::move(style));
    add(std::move(content));
    add(std::make_unique<SmoothnessLoss>(row.measure, weights, view.strip));
}

void PaintingObjective::style_like(const std::vector<SeenStyle>& parts, const WeightedLayers& layers,
                                   const StylePlace& place, const std::stop_token& stop) {
    style_->like(viewer(), parts, layers, place, stop);
}

void PaintingObjective::strengthen_style(double factor) {
    style_->strengthen(factor);
}

void PaintingObjective::content_like(const torch::Tensor& content, const WeightedLayers& layers,
                                     const std::stop_token& stop) {
    content_->like(viewer(), content, layers, stop);
}

} // namespace neural_style
