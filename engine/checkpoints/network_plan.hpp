// SPDX-License-Identifier: GPL-3.0-or-later
/// What a classifier's architecture becomes as a feature network: its graph, and where the tensors come from.
///
///     const NetworkPlan plan = plan_of(architecture);
///     for (const auto& convolution : plan.convolutions)
///         ...
#pragma once

#include "architectures.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace neural_style {

struct PlannedConvolution {
    std::string ours;   ///< name in our graph
    std::string theirs; ///< torchvision's
    std::string norm;   ///< torchvision's name of the batch norm behind it; empty: it has a bias instead
};

struct NetworkPlan {
    std::vector<PlannedConvolution> convolutions;
    nlohmann::ordered_json graph;              ///< as in engine/networks/network_formats.hpp
    std::string taps, style_taps, content_tap; ///< separated by spaces
    nlohmann::ordered_json names;              ///< torchvision's of other nodes, and ours of the same layers
    bool smoothed = false;                     ///< losses should compare smoothed features
};

/// All layers before the classifier. A VGG's layers have the names of Caffe's first releases, relu3_1 and,
/// before the ReLU, conv3_1; others those of torchvision's nodes, layer3.2 or features.12.
NetworkPlan plan_of(const Architecture& architecture);

} // namespace neural_style
