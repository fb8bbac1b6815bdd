// SPDX-License-Identifier: GPL-3.0-or-later
#include "step.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <algorithm>

using namespace neural_style;

namespace bench {

FeatureNetwork network(const std::filesystem::path& file, torch::ScalarType type, torch::Device device) {
    return FeatureNetwork(Weights::read(file), torch::kCPU).adapted(device, type, Pooling::network);
}

int deepest_tap(const FeatureNetwork& feature_network) {
    int deepest = 0;
    for (const auto* taps : {&feature_network.style_taps(), &feature_network.content_taps()})
        for (const auto& tap : *taps)
            deepest = std::max(deepest, feature_network.layer(tap));
    return deepest;
}

WeightedLayers evenly(const std::vector<std::string>& taps) {
    WeightedLayers layers;
    for (const auto& tap : taps)
        layers.emplace_back(tap, 1.0 / double(taps.size()));
    return layers;
}

torch::Tensor picture(int side, std::uint64_t seed) {
    return torch::rand({1, 3, side, side}, at::detail::createCPUGenerator(seed));
}

Step::Step(FeatureNetwork feature_network, StyleLoss loss, int side, LossWeights weights)
    : feature_network_(std::move(feature_network)), objective_(feature_network_, loss, weights),
      picture_(picture(side, 1).to(feature_network_.device())),
      captured_([this](const torch::Tensor& p, torch::Tensor* g) { return objective_.pending_losses_once(p, g, {}); },
                [this](const torch::Tensor& p, torch::Tensor* g) { return objective_.pending_losses(p, g, {}); }) {
    objective_.style_like(picture(side, 2).square().to(feature_network_.device()), evenly(feature_network_.style_taps()), {}, {});
    objective_.content_like(picture(side, 3).to(feature_network_.device()), evenly(feature_network_.content_taps()), {});
}

void Step::run() {
    torch::Tensor gradient;
    objective_.evaluate(picture_, &gradient, {});
}

bool Step::run_captured() {
    torch::Tensor gradient;
    const bool captured = captured_.is_captured();
    const auto losses = captured_(picture_, &gradient);
    read(losses.values);
    return captured;
}

} // namespace bench
