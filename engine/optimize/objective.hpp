// SPDX-License-Identifier: GPL-3.0-or-later
/// The optimiser's objective: the sum of a list of losses, and its gradient with respect to the pixels.
///
///     Objective objective(network);
///     objective.add(std::make_unique<NeighborLoss>(network, target, 1));
///     objective.add(std::make_unique<SmoothnessLoss>(Measure::means, weights));
///     Losses losses = objective.evaluate(picture, &gradient, stop);
///
/// Knows losses only by their interfaces (feature_loss.hpp, picture_loss.hpp). Processes pictures in tiles if
/// requested; losses and gradient do not change.
#pragma once

#include "feature_loss.hpp"
#include "pending_losses.hpp"
#include "picture_loss.hpp"
#include "viewer.hpp"

#include <neural_style/losses.hpp>

#include <memory>
#include <stop_token>
#include <torch/types.h>
#include <vector>

namespace neural_style {

class Objective {
  public:
    explicit Objective(const FeatureNetwork& network, View view = {}) : viewer_(network, std::move(view)) {}

    /// Losses of the same term are added up. At each layer gradients are added in the order of these calls.
    void add(std::unique_ptr<FeatureLoss> loss) { feature_losses_.push_back(std::move(loss)); }
    void add(std::unique_ptr<PictureLoss> loss) { picture_losses_.push_back(std::move(loss)); }

    /// Losses of a picture [1, 3, height, width], float32, and, unless `gradient` is null, their derivative
    /// with respect to it, contiguous, same shape. If memory runs out, the tiles are halved and it starts
    /// over, down to `least_tile_side`; then the error is passed on.
    Losses evaluate(const torch::Tensor& picture, torch::Tensor* gradient, const std::stop_token& stop);
    /// The same without waiting for another device.
    PendingLosses pending_losses(const torch::Tensor& picture, torch::Tensor* gradient,
                                 const std::stop_token& stop);
    /// The same, and if memory runs out, that error is passed on at once and the tiles stay as they are.
    PendingLosses pending_losses_once(const torch::Tensor& picture, torch::Tensor* gradient,
                                      const std::stop_token& stop) const;

    /// For those who compute the targets of losses.
    Viewer& viewer() { return viewer_; }

  private:
    using Evaluations = std::vector<std::unique_ptr<FeatureLoss::Evaluation>>;

    Reach reach() const;
    void go_back(const torch::Tensor& picture, const Tiling& cut, int deepest, const Evaluations& evaluations,
                 std::vector<torch::Tensor> outputs, torch::Tensor& gradient,
                 const std::stop_token& stop) const;

    Viewer viewer_;
    std::vector<std::unique_ptr<FeatureLoss>> feature_losses_;
    std::vector<std::unique_ptr<PictureLoss>> picture_losses_;
};

} // namespace neural_style
