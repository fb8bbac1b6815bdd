// SPDX-License-Identifier: GPL-3.0-or-later
/// Layers with their shares of a loss, by name or by index.
///
///     auto weights = by_layer(network, {{"relu1_1", 0.5}, {"relu2_1", 0.5}});
#pragma once

#include "feature_network.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace neural_style {

/// A layer's name and its share of a loss.
using WeightedLayers = std::vector<std::pair<std::string, double>>;

/// By the layer's index; a layer named twice counts twice. Errors: those of FeatureNetwork::layer.
inline std::map<int, double> by_layer(const FeatureNetwork& network, const WeightedLayers& layers) {
    std::map<int, double> weights;
    for (const auto& [name, weight] : layers)
        weights[network.layer(name)] += weight;
    return weights;
}

} // namespace neural_style
