// SPDX-License-Identifier: GPL-3.0-or-later
/// How far the manner of one picture is from that of another: statistics of features, their distance, its
/// gradient.
///
///     FeatureSums sums(channels);
///     sums.add(features);                                   // or tile by tile
///     StyleTarget target(StyleLoss::gaussian, style_sums);
///     auto [loss, gradient] = target.compare(sums);         // gradient with respect to the sums
///     gradient.add_to(features, features_gradient);
///
/// Everything is a function of sums over positions, so pictures can be looked at in pieces.
#pragma once

#include <neural_style/settings.hpp>

#include <cstdint>
#include <torch/types.h>

namespace neural_style {

/// Sums over all positions k of a layer's features F [channels, positions], in float64 on the CPU.
struct FeatureSums {
    explicit FeatureSums(std::int64_t channels);
    /// Adds every position of `features` [1, channels, height, width] (channels_last).
    void add(const torch::Tensor& features);

    torch::Tensor
        products; ///< sum_k F_ik F_jk, [channels, channels]: the Gram matrix of Gatys et al. 2016, equation 3
    torch::Tensor values; ///< sum_k F_ik, [channels]
    double positions = 0;
};

/// The derivative of a loss with respect to `FeatureSums`.
struct SumsGradient {
    torch::Tensor products; ///< [channels, channels], symmetric
    torch::Tensor values;   ///< [channels]; undefined when the loss does not look at the mean

    /// Adds weight * dL/dF = weight * (2 products F + values) to `gradient`, in place.
    void add_to(const torch::Tensor& features, torch::Tensor& gradient, double weight = 1) const;
};

/// What a layer of the style looks like, kept in the form that comparing needs.
class StyleTarget {
  public:
    StyleTarget(StyleLoss kind, const FeatureSums& style);

    struct Comparison {
        double loss = 0;
        SumsGradient gradient;
    };
    /// `formula`: 1/(4 N^2 M^2) |G - A|^2 with N channels and M positions, A scaled to M positions (Gatys et
    /// al. 2016, equation 4). `gaussian`: 1/N (|m - n|^2 + tr(C + D - 2 (D^1/2 C D^1/2)^1/2)), the squared
    /// 2-Wasserstein distance of Gaussians with means m, n and covariances C, D (Dowson and Landau 1982).
    Comparison compare(const FeatureSums& sums) const;

  private:
    Comparison compare_formula(const FeatureSums& sums) const;
    Comparison compare_gaussian(const FeatureSums& sums) const;

    StyleLoss kind_;
    torch::Tensor gram_; // per position
    torch::Tensor mean_, covariance_, covariance_root_;
};

} // namespace neural_style
