// SPDX-License-Identifier: GPL-3.0-or-later
/// Features smoothed by a softmax over all positions and channels of their layer, which keeps the few peaks
/// of residual networks from being all that a style consists of (Wang, Li, Vasconcelos 2021, "Rethinking and
/// improving the robustness of image style transfer": SWAG).
///
///     Exponentials exponentials;
///     const auto shrunk = exponentials.raise(features);          // tile by tile
///     sum = sum * shrunk + exponentials.of(features).sum();
///
/// SWAG compares exp(F_ik) / sum_mn exp(F_mn) instead of F_ik. Here that is multiplied by the number of
/// values, so that their mean is 1 at every size: a constant factor. The sum is only known when all tiles
/// have been seen, but it is a factor as well; so all sums are taken of exp(F_ik - top), where `top` is the
/// largest value so far, and nothing needs to be seen twice.
#pragma once

#include "style_loss.hpp"

#include <cstdint>
#include <optional>
#include <torch/types.h>

namespace neural_style {

class Exponentials {
  public:
    /// Raises the top to the largest of `features` [1, channels, height, width] where `weights` [height,
    /// width] are positive (undefined: everywhere). Returns the factor for sums of exponentials so far, of
    /// no dimensions, float32, on the device of the features, which is not waited for.
    torch::Tensor raise(const torch::Tensor& features, const torch::Tensor& weights = {});
    /// exp(features - top), float32, of their shape; at most 1.
    torch::Tensor of(const torch::Tensor& features) const;

  private:
    torch::Tensor top_; // no dimensions; undefined before the first features
};

/// Sums over positions of a layer's features, as they are or smoothed.
class LayerSums {
  public:
    LayerSums(std::int64_t channels, torch::Device device, bool smoothed)
        : smoothed_(smoothed), sums_(channels, device) {}

    /// As FeatureSums::add.
    void add(const torch::Tensor& features, const torch::Tensor& weights = {},
             std::optional<double> sum_of_weights = {});
    /// Of what has been added. Smoothed features have the mean 1 over these positions and their weights.
    FeatureSums sums() const;
    /// Adds the derivative with respect to the features to `gradient`, given that with respect to `sums()`;
    /// otherwise as SumsGradient::add_to.
    void add_gradient(const SumsGradient& of_sums, const torch::Tensor& features, torch::Tensor& gradient,
                      const torch::Tensor& weights = {}) const;

  private:
    // d smoothed / d exponential, where their sum does not change.
    torch::Tensor factor() const;

    bool smoothed_;
    Exponentials exponentials_;
    FeatureSums sums_; // of the features, or of exponentials
};

} // namespace neural_style
