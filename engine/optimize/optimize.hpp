// SPDX-License-Identifier: GPL-3.0-or-later
/// The method `optimize` of Gatys et al. 2016: minimise content and style loss over the pixels, coarse to
/// fine.
///
///     auto plan = plan_optimize(network, settings, content_size, style_sizes, begin);
///     auto painting = optimize(network, plan, input, settings, state, reports, stop);
#pragma once

#include "brush.hpp"
#include "feature_network.hpp"
#include "loss_weights.hpp"
#include "minimize.hpp"
#include "scales.hpp"
#include "size.hpp"
#include "strip.hpp"
#include "style_parts.hpp"
#include "weighted_layers.hpp"

#include <neural_style/kept_state.hpp>
#include <neural_style/losses.hpp>
#include <neural_style/settings.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// All decisions made before the first step.
struct OptimizePlan {
    std::vector<Scale> scales;
    std::vector<std::vector<Size>> style_sizes; ///< per scale, of each style
    std::vector<double> style_pixels;           ///< per scale, of all styles, as processed by the network
    std::vector<int> tile_sides;                ///< per scale; 0: the whole picture at once
    std::vector<int> style_tile_sides;          ///< per scale, for the styles; never larger
    std::vector<std::uint64_t> layer_bytes;     ///< per scale, of a tile's largest layer
    std::vector<bool> captured;                 ///< per scale, whether its step is: see CapturedStep
    LossWeights weights;
    double neighbors = 0; ///< weight of the loss of matched features; 0: no matching
    /// Target for the remaining share of the photo's distance from the style (the root of the style loss):
    /// the style's weight is adjusted towards it from scale to scale. Nothing: the weight is fixed.
    std::optional<double> wanted_distance;
    WeightedLayers style_layers;
    WeightedLayers content_layers;
    int deepest = 0; ///< layer
    bool wraps = false;
    bool smoothed = false;            ///< content and style compare smoothed features
    double grain = 0;                 ///< how much of the styles' grain the painting gets at the end, 0..1
    bool dreams = false;              ///< no losses and no optimiser: see dream.hpp
    std::vector<std::string> notices; ///< for the user

    /// Pixels times iterations of all scales: the unit of progress.
    double work() const;
    /// At this scale L-BFGS would need too much memory: see `most_lbfgs_pixels`.
    Optimizer optimizer_at(const Scale& scale, const Settings& settings) const;
};

/// L-BFGS keeps 2 * history + 3 copies of the picture: beyond this size, about half a gigabyte with a history
/// of 10, Adam with its two takes over.
constexpr double most_lbfgs_pixels = 2e6;

/// The strips of a scale that several processes share, with the rows around them that the network sees.
/// `wide`: with those that the next scale and the grain need as well.
Strip::Cut strips_for(const FeatureNetwork& network, const OptimizePlan& plan, bool wide = false);
/// Whether so many share it: Adam's steps need nothing but each pixel's gradient.
bool is_shared(const FeatureNetwork& network, const OptimizePlan& plan, const Scale& scale,
               const Settings& settings, int processes);

/// The deepest layer that these settings tap. Errors: Failure(invalid_request) for layers that the network
/// lacks.
int deepest_layer(const FeatureNetwork& network, const Settings& settings);

/// Errors: those of `deepest_layer`.
OptimizePlan plan_optimize(const FeatureNetwork& network, const Settings& settings, Size content,
                           const std::vector<Size>& styles, Begin begin = Begin::anew);

/// A style for `optimize`.
struct StyleInput {
    SeenStyle seen;
    double share = 1;       ///< relative to the other styles
    torch::Tensor region{}; ///< [1, 1, height, width] of the content; undefined: see `style_places`
};

/// Processes that share large scales. None keeps the whole content, nor the whole painting.
struct SharedInput {
    Ranks* ranks = nullptr;
    RowSource content{}; ///< of [1, 3, height, width]
    int height = 0;
    RowSink painting{};        ///< called by rank 0
    KeptState* kept = nullptr; ///< of this process; null: nothing is kept
};

struct OptimizeInput {
    torch::Tensor content; ///< [1, 3, height, width], at least as large as the network's smallest side
    std::optional<SharedInput> shared{}; ///< in place of the content
    std::vector<StyleInput> styles;
    torch::Tensor protect{}; ///< [1, 1, height, width] of the content, 1 where it stays; or undefined
    torch::Tensor
        refine{}; ///< a painting to continue, in the content's or the first scale's size; or undefined
    /// Of a film's frame, see `Motion`: [1, 3, height, width] and [1, 1, height, width] of the content; or
    /// undefined.
    torch::Tensor moved{}, trusted{};
    double steadiness = 0;
};

/// The state of a painting, so that another device can continue if one runs out of memory.
struct OptimizeState {
    std::size_t scale = 0;  ///< the next to paint
    torch::Tensor painting; ///< of the preceding scale, or the start of this one; undefined at the first
    WalkState walk;
    BrushMatches matches;    ///< of the preceding scale
    double style_factor = 1; ///< factor on the style's weight, as adjusted so far
    double done = 0;         ///< of OptimizePlan::work
};

struct OptimizeProgress {
    double fraction = 0;
    int iteration = 0;
    int step = 0; ///< iterations of all scales so far
    Scale scale;
    Losses losses;
    const torch::Tensor* picture = nullptr; ///< the current painting, at the scale's size
};

struct OptimizeReports {
    /// Of each step, in order; on another device than the CPU of several at a time, with the picture of the
    /// last of them.
    std::function<void(const OptimizeProgress&)> on_progress;
    std::function<void(std::string_view)> on_notice;
    /// Whether it wants the picture of this step itself; null: of none.
    std::function<bool(int step)> wants_picture{};
};

/// Paints. With `input.shared` rank 0 paints the scales that are too small to be shared; the painting goes to
/// its sink, and what is returned is undefined. There are no masks then, and no matches. `input.content` is
/// released as soon as it is not needed. When `keep` is requested, the result is the current painting at the
/// last scale's size, but never before the first step.
torch::Tensor optimize(const FeatureNetwork& network, const OptimizePlan& plan, OptimizeInput& input,
                       const Settings& settings, OptimizeState& state, const OptimizeReports& reports,
                       const std::stop_token& stop, const std::stop_token& keep = {});

} // namespace neural_style
