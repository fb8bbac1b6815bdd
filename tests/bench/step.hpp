// SPDX-License-Identifier: GPL-3.0-or-later
/// One step of the engine without the optimiser: losses and their gradient with respect to the pixels.
///
///     Step step(feature_network, StyleLoss::gram, 512);
///     double took = seconds([&] { step.run(); });
#pragma once

#include "captured_evaluation.hpp"
#include "painting_objective.hpp"

namespace bench {

/// The network in a file, computing in `type` on the CPU.
neural_style::FeatureNetwork network(const std::filesystem::path& file, torch::ScalarType type,
                                     torch::Device device = torch::kCPU);

/// The network's deepest tap.
int deepest_tap(const neural_style::FeatureNetwork& feature_network);

/// The same share for each of these taps.
neural_style::WeightedLayers evenly(const std::vector<std::string>& taps);

/// A picture of `side` x `side` pixels, the same for the same seed.
torch::Tensor picture(int side, std::uint64_t seed);

/// An objective whose content, style and picture have `side` x `side` pixels.
class Step {
  public:
    Step(neural_style::FeatureNetwork feature_network, neural_style::StyleLoss loss, int side,
         neural_style::LossWeights weights = {.content = 1, .style = 18, .tv = 0});
    Step(const Step&) = delete; // the objective points at the feature network
    Step& operator=(const Step&) = delete;

    void run();
    /// The same captured, as in a painting, from the fifth call on; returns whether it was.
    bool run_captured();

  private:
    neural_style::FeatureNetwork feature_network_;
    neural_style::PaintingObjective objective_;
    torch::Tensor picture_;
    neural_style::CapturedEvaluation captured_;
};

} // namespace bench
