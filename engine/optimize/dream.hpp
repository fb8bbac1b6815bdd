// SPDX-License-Identifier: GPL-3.0-or-later
/// The manner `dream`: amplifies what layers of the network respond to in a photo, over octaves, coarse to
/// fine (Mordvintsev, Olah, Tyka 2015, "Inceptionism: Going deeper into neural networks").
///
///     auto plan = plan_dream(network, settings, content_size);
///     auto picture = dream(network, plan, input, settings, state, reports, stop);
///
/// Each octave starts from the unchanged photo of its size; what has been dreamed is kept separately, and
/// only that is enlarged, so a finer octave has all of the photo's fine detail.
#pragma once

#include "feature_network.hpp"
#include "optimize.hpp"

#include <neural_style/settings.hpp>

#include <cstdint>
#include <stop_token>
#include <torch/types.h>

namespace neural_style {

/// The deepest layer that these settings amplify. Errors: Failure(invalid_request) for layers that the
/// network lacks.
int deepest_dreamed(const FeatureNetwork& network, const Settings& settings);

/// The octaves as the plan's scales, with sides growing by 1.4, and the layers to amplify as its
/// `style_layers`. The last scale has the requested size; it has no steps if figures are larger than it would
/// produce. Errors: those of `deepest_dreamed`.
OptimizePlan plan_dream(const FeatureNetwork& network, const Settings& settings, Size content,
                        Begin begin = Begin::anew);

/// Dreams. Only the regions of the styles in `input` matter. With `strength` 0 the result is the content, bit
/// for bit. `keep`, `stop` and `state` are as for `optimize`.
torch::Tensor dream(const FeatureNetwork& network, const OptimizePlan& plan, OptimizeInput& input,
                    const Settings& settings, OptimizeState& state, const OptimizeReports& reports,
                    const std::stop_token& stop, const std::stop_token& keep = {});

/// Mean squared activation of the plan's layers for a picture [1, 3, height, width], with their weights, and,
/// unless `gradient` is null, its derivative with respect to the picture, same shape. Tiles have `tile_side`
/// pixels without their halo; 0: whole.
double activity(const FeatureNetwork& network, const OptimizePlan& plan, const torch::Tensor& picture,
                int tile_side, torch::Tensor* gradient, const std::stop_token& stop);

/// Seconds per pixel of one step, measured on a small picture.
double measured_seconds_per_dreamed_pixel(const FeatureNetwork& network, const OptimizePlan& plan);

} // namespace neural_style
