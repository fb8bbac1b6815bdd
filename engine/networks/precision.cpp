// SPDX-License-Identifier: GPL-3.0-or-later
#include "precision.hpp"

#include "device.hpp"
#include "guarded.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <torch/types.h>

namespace neural_style {

namespace {

bool cpu_computes_bfloat16() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512bf16") || __builtin_cpu_supports("amx-bf16");
#else
    return false;
#endif
}

// Seconds of one forward pass over a small picture.
double pass_seconds(const FeatureNetwork& network) {
    using Clock = std::chrono::steady_clock;
    const auto picture = torch::full({1, 3, 128, 128}, 0.5);
    const auto start = Clock::now();
    network.visit(picture, network.layer(network.layers().back()), {}, [](int, const torch::Tensor&) {});
    return std::chrono::duration<double>(Clock::now() - start).count();
}

} // namespace

// Alternates and keeps the best of each, so that other load hits both alike. bfloat16 must be clearly slower
// to lose, so that two engines on one machine choose alike.
torch::ScalarType faster_type(const FeatureNetwork& network) {
    if (!cpu_computes_bfloat16())
        return torch::kFloat32;
    constexpr int rounds = 6;
    constexpr double clearly = 1.2;
    const auto exact = network.adapted(torch::kCPU, torch::kFloat32, Pooling::network);
    const auto rough = network.adapted(torch::kCPU, torch::kBFloat16, Pooling::network);
    double exact_best = std::numeric_limits<double>::infinity(), rough_best = exact_best;
    for (int i = 0; i < rounds; ++i) { // the first of each prepares oneDNN's kernels
        exact_best = std::min(exact_best, pass_seconds(exact));
        rough_best = std::min(rough_best, pass_seconds(rough));
    }
    return rough_best < clearly * exact_best ? torch::kBFloat16 : torch::kFloat32;
}

torch::ScalarType chosen_type(Precision precision, torch::Device device) {
    switch (precision) {
    case Precision::float32:
        return torch::kFloat32;
    case Precision::bfloat16:
        return torch::kBFloat16;
    case Precision::float16:
        if (device.is_cpu())
            throw Failure(ErrorCode::invalid_request,
                          "The precision float16 is for CUDA devices; choose bfloat16 or float32 on a CPU.");
        return torch::kHalf;
    case Precision::automatic:
        break;
    }
    if (!device.is_cpu())
        return fastest_type(device);
    return cpu_computes_bfloat16() ? torch::kBFloat16 : torch::kFloat32;
}

} // namespace neural_style
