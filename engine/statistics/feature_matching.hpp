// SPDX-License-Identifier: GPL-3.0-or-later
/// Maps features linearly to the statistics of others: whitening and colouring (Li et al. 2017), or means and
/// standard deviations only (Huang and Belongie 2017).
///
///     const StyleFeatures style(FeatureMoments::of(style_sums));
///     const LinearMap map = matching(FeatureMoments::of(content_sums), style, Matching::covariance);
///     // map.factor * x + map.offset has the style's mean and covariance when x has the content's
#pragma once

#include "style_loss.hpp"

#include <torch/types.h>

namespace neural_style {

/// First and second moments of the features of one tap, float64 on the CPU.
struct FeatureMoments {
    torch::Tensor mean;       ///< [channels]
    torch::Tensor covariance; ///< [channels, channels]

    static FeatureMoments of(const FeatureSums& sums);
    /// Of the union of two sets of positions, of which `b` is the share `t`.
    static FeatureMoments mixed(const FeatureMoments& a, const FeatureMoments& b, double t);
};

/// A style's moments, with what every matching needs from them.
struct StyleFeatures {
    explicit StyleFeatures(FeatureMoments moments);

    FeatureMoments moments;
    torch::Tensor root; ///< of the covariance
};

enum class Matching {
    covariance, ///< means and covariances
    deviation,  ///< means and standard deviations: no eigenvalues, channels stay separate
};

/// x becomes factor x + offset, float64.
struct LinearMap {
    torch::Tensor factor; ///< [channels, channels]
    torch::Tensor offset; ///< [channels]
};

/// With covariances C of the content and S of the style, `covariance` is S^1/2 (S^1/2 C S^1/2)^-1/2 S^1/2. Of
/// all linear maps that give the style's covariance it moves features least (that of Monge and Kantorovich
/// for Gaussians; Dowson and Landau 1982), so it keeps more of the content than S^1/2 C^-1/2. Flat colours
/// and few positions are harmless: directions in which the content hardly varies are treated as if they
/// varied a little.
LinearMap matching(const FeatureMoments& content, const StyleFeatures& style, Matching how);

} // namespace neural_style
