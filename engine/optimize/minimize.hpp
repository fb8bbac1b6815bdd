// SPDX-License-Identifier: GPL-3.0-or-later
/// Walks a picture downhill: L-BFGS or Adam, keeps the best picture seen, survives values that are not
/// finite.
///
///     auto best = minimize(start, evaluate, {.optimizer = Optimizer::lbfgs, .iterations = 100}, on_step);
#pragma once

#include "guarded.hpp"

#include <neural_style/losses.hpp>
#include <neural_style/settings.hpp>

#include <functional>
#include <optional>
#include <stop_token>
#include <torch/types.h>

namespace neural_style {

/// What is known at the end of a walk, with which the next one begins.
struct WalkState {
    torch::Tensor mean;   ///< Adam's, of the gradients, as the picture; undefined: a new walk
    torch::Tensor square; ///< of the gradients' squares
    double steps = 0;
    std::optional<double> inverse_curvature; ///< as L-BFGS found it
};

struct MinimizeOptions {
    Optimizer optimizer = Optimizer::lbfgs;
    int iterations = 100;
    int history = 10;         ///< of L-BFGS
    double learning_rate = 0; ///< 0: 1 for L-BFGS (Nocedal and Wright, section 7.2), 0.02 for Adam
    double beta1 = 0.9;       ///< of Adam, as is the next (Kingma and Ba 2015, algorithm 1)
    double epsilon = 1e-8;
    double averaging = 0;  ///< decay of the average of the steps; 0: none
    double early_stop = 0; ///< share by which the loss must have fallen over ten steps; 0: never stop
    /// false: the last picture is the result, and the walk takes place in `start` itself, which saves the
    /// memory of two pictures.
    bool keep_best = true;
    WalkState* state = nullptr; ///< where the walk goes on and what it leaves; null: a new walk
    /// When it is requested the walk ends where it is, without a last look at the picture.
    std::stop_token keep{};
    /// Whether `start` is worth keeping; otherwise the first step is always taken.
    bool keep_start = false;
};

/// Losses at `picture` and, where `gradient` is not null, their gradient (contiguous, same shape).
using Evaluate = std::function<Losses(const torch::Tensor& picture, torch::Tensor* gradient)>;
/// After each step: 1-based iteration, losses before the step, the picture after it.
using OnStep = std::function<void(int iteration, const Losses& losses, const torch::Tensor& picture)>;

/// The network has answered with values that are not numbers, and smaller steps did not help.
class NotFinite : public Failure {
  public:
    NotFinite();
};

/// The picture with the least total loss among those evaluated, the average of the steps included where there
/// is one. A loss or gradient that is not finite takes the walk back to the best picture, with half the step
/// and a fresh optimiser. Errors: NotFinite when a number of such retries in a row do not help;
/// whatever `evaluate` and `on_step` throw.
torch::Tensor minimize(const torch::Tensor& start, const Evaluate& evaluate, const MinimizeOptions& options,
                       const OnStep& on_step);

} // namespace neural_style
