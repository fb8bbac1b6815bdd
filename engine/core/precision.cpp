// SPDX-License-Identifier: GPL-3.0-or-later
#include "precision.hpp"

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

// Seconds of one forward pass over a small picture: the best of as many as fit into `budget`.
double pass_seconds(const Backbone& backbone, double budget) {
    using Clock = std::chrono::steady_clock;
    const auto picture = torch::full({1, 3, 128, 128}, 0.5);
    const int deepest = int(backbone.layers().size()) > 0 ? backbone.layer(backbone.layers().back()) : 0;
    double best = std::numeric_limits<double>::infinity(), spent = 0;
    for (int i = 0; i < 2 || (spent < budget && i < 8); ++i) {
        const auto start = Clock::now();
        backbone.visit(picture, deepest, {}, [](int, const torch::Tensor&) {});
        const double took = std::chrono::duration<double>(Clock::now() - start).count();
        if (i > 0) // the first one prepares oneDNN's kernels
            best = std::min(best, took);
        spent += took;
    }
    return best;
}

torch::ScalarType faster_on_cpu(const Backbone& backbone) {
    if (!cpu_computes_bfloat16())
        return torch::kFloat32;
    constexpr double budget = 0.025; // seconds each
    const double exact =
        pass_seconds(backbone.adapted(torch::kCPU, torch::kFloat32, Pooling::network), budget);
    const double rough =
        pass_seconds(backbone.adapted(torch::kCPU, torch::kBFloat16, Pooling::network), budget);
    return rough < exact ? torch::kBFloat16 : torch::kFloat32;
}

} // namespace

torch::ScalarType chosen_type(Precision precision, const Backbone& backbone) {
    switch (precision) {
    case Precision::float32:
        return torch::kFloat32;
    case Precision::bfloat16:
        return torch::kBFloat16;
    case Precision::float16:
        if (backbone.device().is_cpu())
            throw Failure(ErrorCode::invalid_request,
                          "The precision float16 is for CUDA devices; choose bfloat16 or float32 on a CPU.");
        return torch::kHalf;
    case Precision::automatic:
        break;
    }
    return backbone.device().is_cpu() ? faster_on_cpu(backbone) : torch::kBFloat16;
}

} // namespace neural_style
