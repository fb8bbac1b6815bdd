// SPDX-License-Identifier: GPL-3.0-or-later
/// Walks a picture downhill: L-BFGS or Adam, keeps the best picture seen, survives values that are not
/// finite.
///
///     auto best = minimize(start, evaluate, {.optimizer = Optimizer::lbfgs, .iterations = 100}, on_step);
#pragma once

#include "objective.hpp"

#include <neural_style/settings.hpp>

#include <functional>
#include <torch/types.h>

namespace neural_style {

struct MinimizeOptions {
    Optimizer optimizer = Optimizer::lbfgs;
    int iterations = 100;
    int history = 10;         ///< of L-BFGS
    double learning_rate = 0; ///< 0: 1 for L-BFGS (Nocedal and Wright, section 7.2), 0.02 for Adam
};

/// Losses at `picture` and, where `gradient` is not null, their gradient (contiguous, same shape).
using Evaluate = std::function<Losses(const torch::Tensor& picture, torch::Tensor* gradient)>;
/// After each step: 1-based iteration, losses before the step, the picture after it.
using OnStep = std::function<void(int iteration, const Losses& losses, const torch::Tensor& picture)>;

/// The picture with the least total loss among those evaluated. A loss or gradient that is not finite takes
/// the walk back to the best picture, with half the step and a fresh optimiser. Errors: Failure(internal)
/// when a number of such retries in a row do not help; whatever `evaluate` and `on_step` throw.
torch::Tensor minimize(const torch::Tensor& start, const Evaluate& evaluate, const MinimizeOptions& options,
                       const OnStep& on_step);

} // namespace neural_style
