// SPDX-License-Identifier: GPL-3.0-or-later
/// How much a painting's features differ from the content's, position by position: Gatys et al. 2016,
/// equation 1, or its mean.
///
///     ContentLoss loss(Measure::means, 1);
///     loss.like(viewer, content, {{"relu4_2", 1}}, stop);
#pragma once

#include "feature_loss.hpp"
#include "style_loss_table.hpp"
#include "weighted_layers.hpp"

#include <map>
#include <stop_token>
#include <torch/types.h>

namespace neural_style {

class ContentLoss : public FeatureLoss {
  public:
    /// `sums`: half the sum of the squared differences; `means`: their mean. `smoothed`: of smoothed features
    /// (smoothing.hpp).
    ContentLoss(Measure measure, double weight, bool smoothed = false)
        : measure_(measure), weight_(weight), smoothed_(smoothed) {}

    LossTerm term() const override { return LossTerm::content; }
    double weight() const override { return weight_; }
    Reach reach() const override;
    std::unique_ptr<Evaluation> evaluation(const Evaluated& picture) const override;

    /// Sets the content; it has the size of the pictures to be evaluated.
    void like(Viewer& viewer, const torch::Tensor& content, const WeightedLayers& layers,
              const std::stop_token& stop);

  private:
    class Differences;
    class SmoothedDifferences;
    struct Layer {
        torch::Tensor features; // of all rows that are kept
        double weight = 0;
        double values = 0; // of the whole picture's features
        // To smooth them: exponentials times `smoothing`; and the sum of the squares of that.
        Exponentials exponentials{};
        torch::Tensor smoothing{}, squares{};
    };
    static void smooth(Layer& layer);
    double factor(const Layer& layer) const;

    Measure measure_;
    double weight_;
    bool smoothed_;
    std::map<int, Layer> layers_;
};

} // namespace neural_style
