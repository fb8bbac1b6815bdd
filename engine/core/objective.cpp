// SPDX-License-Identifier: GPL-3.0-or-later
#include "objective.hpp"

#include <algorithm>
#include <torch/types.h>

namespace neural_style {

namespace {

// Weights by the layer's index; a layer named twice counts twice. Errors: those of Backbone::layer.
std::map<int, double> by_layer(const Backbone& backbone, const WeightedLayers& layers) {
    std::map<int, double> weights;
    for (const auto& [name, weight] : layers)
        weights[backbone.layer(name)] += weight;
    return weights;
}

} // namespace

Objective::Objective(const Backbone& backbone, StyleLoss kind, LossWeights weights)
    : backbone_(&backbone), kind_(kind), weights_(weights) {}

int Objective::deepest() const {
    int deepest = -1;
    if (!style_taps_.empty())
        deepest = style_taps_.rbegin()->first;
    if (!content_taps_.empty())
        deepest = std::max(deepest, content_taps_.rbegin()->first);
    return deepest;
}

void Objective::style_like(const torch::Tensor& style, const WeightedLayers& layers,
                           const std::stop_token& stop) {
    const auto wanted = by_layer(*backbone_, layers);
    style_taps_.clear();
    if (wanted.empty())
        return;
    backbone_->visit(style, wanted.rbegin()->first, stop, [&](int layer, const torch::Tensor& features) {
        const auto found = wanted.find(layer);
        if (found == wanted.end())
            return;
        FeatureSums sums(features.size(1));
        sums.add(features);
        style_taps_.emplace(layer, StyleTap{StyleTarget(kind_, sums), found->second});
    });
}

void Objective::content_like(const torch::Tensor& content, const WeightedLayers& layers,
                             const std::stop_token& stop) {
    const auto wanted = by_layer(*backbone_, layers);
    content_taps_.clear();
    if (wanted.empty())
        return;
    backbone_->visit(content, wanted.rbegin()->first, stop, [&](int layer, const torch::Tensor& features) {
        if (const auto found = wanted.find(layer); found != wanted.end())
            content_taps_.emplace(layer, ContentTap{features, found->second});
    });
}

double Objective::content_factor(const ContentTap& tap) const {
    const double share = kind_ == StyleLoss::formula ? 0.5 : 1 / double(tap.features.numel());
    return weights_.content * tap.weight * share;
}

Losses Objective::evaluate(const torch::Tensor& picture, torch::Tensor* gradient,
                           const std::stop_token& stop) const {
    const torch::NoGradGuard no_grad;
    Losses losses;
    std::vector<torch::Tensor> outputs;
    std::map<int, SumsGradient> of_style;
    backbone_->visit(picture, deepest(), stop, [&](int layer, const torch::Tensor& features) {
        if (gradient)
            outputs.push_back(features);
        if (const auto tap = style_taps_.find(layer); tap != style_taps_.end()) {
            FeatureSums sums(features.size(1));
            sums.add(features);
            auto [loss, of_sums] = tap->second.target.compare(sums);
            losses.style += weights_.style * tap->second.weight * loss;
            of_style.emplace(layer, std::move(of_sums));
        }
        if (const auto tap = content_taps_.find(layer); tap != content_taps_.end())
            losses.content += content_factor(tap->second) *
                              (features - tap->second.features).square().sum(torch::kFloat64).item<double>();
    });
    if (gradient)
        *gradient = backbone_
                        ->backward(
                            outputs,
                            [&](int layer, const torch::Tensor& features, torch::Tensor& of_features) {
                                if (const auto sums = of_style.find(layer); sums != of_style.end())
                                    sums->second.add_to(features, of_features,
                                                        weights_.style * style_taps_.at(layer).weight);
                                if (const auto tap = content_taps_.find(layer); tap != content_taps_.end())
                                    of_features.add_(features - tap->second.features,
                                                     2 * content_factor(tap->second));
                            },
                            stop)
                        .contiguous();
    losses.tv = total_variation(picture, gradient);
    return losses;
}

double Objective::total_variation(const torch::Tensor& picture, torch::Tensor* gradient) const {
    if (weights_.tv == 0)
        return 0;
    const double factor = weights_.tv * (kind_ == StyleLoss::formula ? 1 : 1 / double(picture.numel()));
    double loss = 0;
    for (const int dimension : {2, 3}) {
        const auto length = picture.size(dimension) - 1;
        if (length < 1)
            continue;
        const auto difference = picture.narrow(dimension, 1, length) - picture.narrow(dimension, 0, length);
        loss += difference.square().sum(torch::kFloat64).item<double>();
        if (gradient) {
            gradient->narrow(dimension, 1, length).add_(difference, 2 * factor);
            gradient->narrow(dimension, 0, length).sub_(difference, 2 * factor);
        }
    }
    return factor * loss;
}

} // namespace neural_style
