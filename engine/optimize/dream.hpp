// SPDX-License-Identifier: GPL-3.0-or-later
/// The manner `dream`: what layers of the network answer to in a photo is made stronger, over octaves, coarse
/// to fine (Mordvintsev, Olah, Tyka 2015, "Inceptionism: Going deeper into neural networks").
///
///     auto plan = plan_dream(network, settings, content_size);
///     auto picture = dream(network, plan, input, settings, state, reports, stop);
///
/// The photo of each octave stays what it is; beside it grows what is dreamed, and that alone is enlarged for
/// the next octave, so a finer octave has the photo's fine detail whole.
#pragma once

#include "feature_network.hpp"
#include "optimize.hpp"

#include <neural_style/settings.hpp>

#include <cstdint>
#include <stop_token>
#include <torch/types.h>

namespace neural_style {

/// The deepest layer that these settings strengthen. Errors: Failure(invalid_request) for layers that the
/// network lacks.
int deepest_dreamed(const FeatureNetwork& network, const Settings& settings);

/// The octaves as the plan's scales, sides growing by 1.4; the layers to strengthen as its `style_layers`.
/// The last scale has the size asked for, with no step of its own where figures are larger than its own would
/// be. Errors: those of `deepest_dreamed`.
OptimizePlan plan_dream(const FeatureNetwork& network, const Settings& settings, Size content,
                        Begin begin = Begin::anew);

/// Dreams. Of `input` the styles count only by their regions, where there are any. With `strength` 0 the
/// content is the result to the last bit. `keep`, `stop` and `state` are what they are to `optimize`.
torch::Tensor dream(const FeatureNetwork& network, const OptimizePlan& plan, OptimizeInput& input,
                    const Settings& settings, OptimizeState& state, const OptimizeReports& reports,
                    const std::stop_token& stop, const std::stop_token& keep = {});

/// Mean squared activation of the plan's layers in a picture [1, 3, height, width], by their weights, and
/// where `gradient` is not null its derivative in the picture, same shape. In tiles of `tile_side` pixels
/// without their halo; 0: at once.
double activity(const FeatureNetwork& network, const OptimizePlan& plan, const torch::Tensor& picture,
                int tile_side, torch::Tensor* gradient, const std::stop_token& stop);

/// Seconds per pixel of one step, measured on a small picture.
double measured_seconds_per_dreamed_pixel(const FeatureNetwork& network, const OptimizePlan& plan);

} // namespace neural_style
