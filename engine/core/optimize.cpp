// SPDX-License-Identifier: GPL-3.0-or-later
#include "optimize.hpp"

#include "guarded.hpp"
#include "minimize.hpp"
#include "tensor.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <algorithm>
#include <cmath>
#include <torch/types.h>

namespace neural_style {

namespace {

// Weights at which the default network paints strokes and keeps the motif; the settings' weights multiply
// them. Chosen by eye on photos and paintings of different kinds.
constexpr LossWeights gaussian_weights{.content = 1.0, .style = 36.0, .tv = 70.0};
constexpr LossWeights formula_weights{.content = 1.0, .style = 1e4, .tv = 0.5};

// The style's weight at strength s is s * 30^(s-1) of the whole: the eye answers to its logarithm.
constexpr double strength_base = 30;

LossWeights loss_weights(const Settings& settings) {
    const auto& base = settings.style_loss == StyleLoss::formula ? formula_weights : gaussian_weights;
    const double strength = settings.strength * std::pow(strength_base, settings.strength - 1);
    return {.content = base.content * settings.content_weight,
            .style = base.style * settings.style_weight * strength,
            .tv = base.tv * settings.tv_weight * settings.strength};
}

WeightedLayers evenly(const std::vector<std::string>& names) {
    WeightedLayers layers;
    for (const auto& name : names)
        layers.emplace_back(name, 1.0 / double(names.size()));
    return layers;
}

// The shallower three fifths count double: brush strokes live there, large shapes in the rest.
WeightedLayers strokes_first(const std::vector<std::string>& names) {
    WeightedLayers layers;
    double sum = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
        layers.emplace_back(names[i], 5 * i < 3 * names.size() ? 2.0 : 1.0);
        sum += layers.back().second;
    }
    for (auto& [name, weight] : layers)
        weight /= sum;
    return layers;
}

const std::vector<std::string>& style_taps(const Backbone& backbone, const Settings& settings) {
    return settings.style_layers.empty() ? backbone.style_taps() : settings.style_layers;
}

const std::vector<std::string>& content_taps(const Backbone& backbone, const Settings& settings) {
    return settings.content_layers.empty() ? backbone.content_taps() : settings.content_layers;
}

torch::Tensor noise_like(const torch::Tensor& content, std::uint64_t seed) {
    // Drawn on the CPU, so that a seed means the same on every device.
    auto generator = at::detail::createCPUGenerator(seed);
    return torch::randn(content.sizes(), generator).mul_(0.1).add_(0.5).clamp_(0, 1).to(content.device());
}

} // namespace

double OptimizePlan::work() const {
    double work = 0;
    for (const auto& scale : scales)
        work += scale.pixels() * scale.iterations;
    return work;
}

int deepest_layer(const Backbone& backbone, const Settings& settings) {
    int deepest = 0;
    for (const auto* names : {&style_taps(backbone, settings), &content_taps(backbone, settings)})
        for (const auto& name : *names)
            deepest = std::max(deepest, backbone.layer(name));
    return deepest;
}

OptimizePlan plan_optimize(const Backbone& backbone, const Settings& settings, Size content, Size style) {
    OptimizePlan plan;
    const auto& styles = style_taps(backbone, settings);
    plan.style_layers = settings.style_loss == StyleLoss::formula ? evenly(styles) : strokes_first(styles);
    plan.content_layers = evenly(content_taps(backbone, settings));
    plan.deepest = deepest_layer(backbone, settings);
    plan.scales = plan_scales(content.width, content.height, settings.quality, settings.iterations);
    for (const auto& scale : plan.scales)
        plan.style_sizes.push_back(style_size(style.width, style.height, scale, settings.stroke_size,
                                              backbone.smallest_side(plan.deepest)));
    return plan;
}

torch::Tensor optimize(const Backbone& backbone, const OptimizePlan& plan, const torch::Tensor& content,
                       const torch::Tensor& style, const Settings& settings,
                       const std::function<void(const OptimizeProgress&)>& on_progress,
                       const std::stop_token& stop) {
    const double work = plan.work();
    double done = 0;
    torch::Tensor painting, content_before;
    for (std::size_t i = 0; i < plan.scales.size(); ++i) {
        const auto& scale = plan.scales[i];
        const auto content_here = resized(content, scale.width, scale.height);
        Objective objective(backbone, settings.style_loss, loss_weights(settings));
        objective.content_like(content_here, plan.content_layers, stop);
        objective.style_like(resized(style, plan.style_sizes[i].width, plan.style_sizes[i].height),
                             plan.style_layers, stop);

        torch::Tensor start;
        if (painting.defined()) {
            start = resized(painting, scale.width, scale.height);
            // At strength 0 the finer photo must come back whole; at 1 its fine detail would lie over the
            // strokes.
            if (settings.start == Start::content && settings.strength < 1)
                start = (start + (content_here - resized(content_before, scale.width, scale.height)) *
                                     (1 - settings.strength))
                            .clamp_(0, 1);
        } else {
            start = settings.start == Start::noise ? noise_like(content_here, settings.seed) : content_here;
        }

        const auto evaluate = [&](const torch::Tensor& picture, torch::Tensor* gradient) {
            return objective.evaluate(picture, gradient, stop);
        };
        const auto on_step = [&](int iteration, const Losses& losses, const torch::Tensor& picture) {
            stop_if_asked(stop);
            on_progress({.fraction = (done + scale.pixels() * iteration) / work,
                         .iteration = iteration,
                         .scale = scale,
                         .losses = losses,
                         .picture = &picture});
        };
        painting = minimize(start, evaluate,
                            {.optimizer = settings.optimizer,
                             .iterations = scale.iterations,
                             .history = settings.history},
                            on_step)
                       .clamp(0, 1);
        content_before = content_here;
        done += scale.pixels() * scale.iterations;
    }
    return painting;
}

} // namespace neural_style
