// SPDX-License-Identifier: GPL-3.0-or-later
#include "estimate.hpp"

#include "device.hpp"

#include <algorithm>
#include <chrono>
#include <torch/types.h>

namespace neural_style {

namespace {

// The process with LibTorch loaded and its thread pools started, before the first picture; measured.
constexpr std::uint64_t program_bytes = 220u << 20;

// The allocator keeps about a quarter more than is in use at once; measured at 512 and 1024 pixels.
constexpr double kept_by_allocator = 1.25;

std::uint64_t picture_bytes(double pixels) {
    return std::uint64_t(pixels * 3 * sizeof(float));
}

} // namespace

std::uint64_t memory_needed(const Backbone& backbone, const OptimizePlan& plan, const Settings& settings,
                            Size content, Size style) {
    // The caller's own copies and the engine's tensors of both pictures.
    const auto given = 2 * (picture_bytes(double(content.width) * content.height) +
                            picture_bytes(double(style.width) * style.height));
    std::uint64_t peak = 0;
    for (std::size_t i = 0; i < plan.scales.size(); ++i) {
        const auto& scale = plan.scales[i];
        const auto cost = backbone.cost(scale.width, scale.height, plan.deepest);
        const auto picture = picture_bytes(scale.pixels());
        // L-BFGS: direction, previous gradient, and a difference of pictures and of gradients per remembered
        // step.
        const std::uint64_t optimizer = settings.optimizer == Optimizer::adam
                                            ? 2 * picture
                                            : (3 + 2 * std::uint64_t(settings.history)) * picture;
        // Picture, best, gradient, start, content at this scale, and the network's input.
        const auto step = cost.kept_bytes + cost.transient_bytes + optimizer + 7 * picture;
        peak = std::max(peak, step);
    }
    return program_bytes + given + std::uint64_t(kept_by_allocator * double(peak));
}

double time_needed(const OptimizePlan& plan, double seconds_per_pixel) {
    // A style's statistics take one forward pass, about a third of a step.
    double pixels = plan.work();
    for (const auto& size : plan.style_sizes)
        pixels += double(size.width) * size.height / 3;
    return pixels * seconds_per_pixel;
}

double measured_seconds_per_pixel(const Backbone& backbone, int deepest) {
    constexpr int side = 256;
    const auto picture = torch::rand({1, 3, side, side}, torch::TensorOptions().device(backbone.device()));
    const auto step = [&] {
        const auto outputs = backbone.forward(picture, deepest, {});
        backbone.backward(outputs, [](int, const torch::Tensor&, torch::Tensor&) {}, {});
        synchronize(backbone.device());
    };
    step();
    const auto start = std::chrono::steady_clock::now();
    step();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    // Statistics, losses and the optimiser add about a half to the network's own time; measured.
    return took.count() * 1.5 / (side * side);
}

} // namespace neural_style
