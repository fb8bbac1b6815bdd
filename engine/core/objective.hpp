// SPDX-License-Identifier: GPL-3.0-or-later
/// What the optimiser minimises: content loss + style loss + total variation, and its gradient to the pixels.
///
///     Objective objective(backbone, StyleLoss::formula, {.content = 1, .style = 1e3, .tv = 0});
///     objective.style_like(style_picture, {{"relu1_1", 0.2}, …}, stop);
///     objective.content_like(content_picture, {{"relu4_2", 1.0}}, stop);
///     Losses losses = objective.evaluate(picture, &gradient, stop);
#pragma once

#include "backbone.hpp"
#include "style_loss.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace neural_style {

/// Factors of the three losses; alpha and beta of Gatys et al. 2016, equation 7, and total variation.
struct LossWeights {
    double content = 1;
    double style = 1;
    double tv = 0;
};

/// Weighted losses.
struct Losses {
    double content = 0;
    double style = 0;
    double tv = 0;

    double total() const { return content + style + tv; }
};

/// A layer's name and its share of the loss.
using WeightedLayers = std::vector<std::pair<std::string, double>>;

/// `formula`: content 1/2 sum (F - P)^2 (Gatys et al. 2016, equation 1), style per `StyleTarget`, total
/// variation the sum of squared differences of neighbours (Mahendran and Vedaldi 2015, with beta 2).
/// `gaussian`: content and total variation are means instead of sums, so that the weights mean the same at
/// every size.
class Objective {
  public:
    Objective(const Backbone& backbone, StyleLoss kind, LossWeights weights);

    void style_like(const torch::Tensor& style, const WeightedLayers& layers, const std::stop_token& stop);
    void content_like(const torch::Tensor& content, const WeightedLayers& layers,
                      const std::stop_token& stop);

    /// Losses of a picture [1, 3, height, width] and, where `gradient` is not null, their derivative in it,
    /// contiguous, same shape.
    Losses evaluate(const torch::Tensor& picture, torch::Tensor* gradient, const std::stop_token& stop) const;

  private:
    struct StyleTap {
        StyleTarget target;
        double weight;
    };
    struct ContentTap {
        torch::Tensor features;
        double weight;
    };

    int deepest() const;
    double content_factor(const ContentTap& tap) const;
    double total_variation(const torch::Tensor& picture, torch::Tensor* gradient) const;

    const Backbone* backbone_;
    StyleLoss kind_;
    LossWeights weights_;
    std::map<int, StyleTap> style_taps_; // by layer
    std::map<int, ContentTap> content_taps_;
};

} // namespace neural_style
