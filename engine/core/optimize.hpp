// SPDX-License-Identifier: GPL-3.0-or-later
/// The method `optimize` of Gatys et al. 2016: minimise content and style loss over the pixels, coarse to
/// fine.
///
///     auto plan = plan_optimize(backbone, settings, content_size, style_size);
///     auto painting = optimize(backbone, plan, content, style, settings, on_progress, stop);
#pragma once

#include "objective.hpp"
#include "scales.hpp"

#include <neural_style/settings.hpp>

#include <functional>
#include <string>
#include <vector>

namespace neural_style {

/// Everything that is decided before the first step.
struct OptimizePlan {
    std::vector<Scale> scales;
    std::vector<Size> style_sizes; ///< per scale
    WeightedLayers style_layers;
    WeightedLayers content_layers;
    int deepest = 0; ///< layer

    /// Pixels times iterations of all scales: what progress is measured by.
    double work() const;
};

/// The deepest layer that these settings tap. Errors: Failure(invalid_request) for layers that the network lacks.
int deepest_layer(const Backbone& backbone, const Settings& settings);

/// Errors: those of `deepest_layer`.
OptimizePlan plan_optimize(const Backbone& backbone, const Settings& settings, Size content, Size style);

struct OptimizeProgress {
    double fraction = 0;
    int iteration = 0;
    Scale scale;
    Losses losses;
    const torch::Tensor* picture = nullptr; ///< the painting so far, at the scale's size
};

/// Paints `content` [1, 3, height, width] like `style`; both at full size, at least as large as the network's
/// smallest side.
torch::Tensor optimize(const Backbone& backbone, const OptimizePlan& plan, const torch::Tensor& content,
                       const torch::Tensor& style, const Settings& settings,
                       const std::function<void(const OptimizeProgress&)>& on_progress,
                       const std::stop_token& stop);

} // namespace neural_style
