// SPDX-License-Identifier: GPL-3.0-or-later
/// How different the styles of two pictures are: statistics of features, their distance, its gradient.
///
///     FeatureSums sums(channels);
///     sums.add(features);                                   // or tile by tile
///     StyleTarget target = gaussian_target(style_sums);
///     auto [loss, gradient] = target.compare(sums);         // gradient with respect to the sums
///     gradient.add_to(features, gradient_of_features);
///
/// Everything is a function of sums over positions, so pictures can be processed in pieces.
#pragma once

#include "amount.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <torch/types.h>
#include <utility>

namespace neural_style {

/// Sums over positions k of a layer's features F [channels, positions], each with a weight w_k, in float64,
/// on the CPU unless they are to stay on another device. With weights from a mask they are the guided Gram
/// matrix of Gatys et al. 2017, equation 6 (whose guidance channel is the root of ours).
struct FeatureSums {
    explicit FeatureSums(std::int64_t channels, torch::Device device = torch::kCPU);
    /// Adds every position of `features` [1, channels, height, width], of any float type; `weights` [height,
    /// width] float32 or undefined: all 1. Where their sum is known already, a device need not be waited for.
    void add(const torch::Tensor& features, const torch::Tensor& weights = {},
             std::optional<double> sum_of_weights = {});

    torch::Tensor products; ///< sum_k w_k F_ik F_jk, [channels, channels]: Gatys et al. 2016, equation 3
    torch::Tensor values;   ///< sum_k w_k F_ik, [channels]
    double positions = 0;   ///< sum_k w_k
};

/// The derivative of a loss with respect to `FeatureSums`.
struct SumsGradient {
    torch::Tensor products; ///< [channels, channels], symmetric
    torch::Tensor values;   ///< [channels]; undefined if the loss ignores the mean

    /// Adds `factor` times another one, of another style compared with the same sums.
    void add(const SumsGradient& other, double factor);
    /// Adds dL/dF = w_k (2 products F + values) to `gradient`, in place; both [1, channels, height, width]
    /// and of one type. `weights` as in FeatureSums::add.
    void add_to(const torch::Tensor& features, torch::Tensor& gradient,
                const torch::Tensor& weights = {}) const;
};

/// A layer of the style, in the form that comparisons need.
class StyleTarget {
  public:
    struct Comparison {
        Amount loss;
        SumsGradient gradient;
    };
    using Compare = std::function<Comparison(const FeatureSums&)>;

    explicit StyleTarget(Compare compare) : compare_(std::move(compare)) {}
    /// On the device of the sums, which are those of the style's; only the CPU is waited for.
    Comparison compare(const FeatureSums& sums) const;

  private:
    Compare compare_;
};

// With N channels, M positions, Gram matrices G and A of the two pictures (A scaled to M positions), means m
// and n, covariances C and D, standard deviations s and t:

/// 1/(4 N^2 M^2) |G - A|^2 (Gatys et al. 2016, equation 4).
StyleTarget formula_target(const FeatureSums& style);
/// 1/N^2 |G - A|^2, the mean squared difference of the unnormalised matrices.
StyleTarget classic_target(const FeatureSums& style);
/// |G - A|^2 / |A|^2.
StyleTarget gram_target(const FeatureSums& style);
/// 1/N (|m - n|^2 + |s - t|^2).
StyleTarget moments_target(const FeatureSums& style);
/// 1/N (|m - n|^2 + tr(C + D - 2 (D^1/2 C D^1/2)^1/2)), the squared 2-Wasserstein distance of Gaussians
/// (Dowson and Landau 1982).
StyleTarget gaussian_target(const FeatureSums& style);

} // namespace neural_style
