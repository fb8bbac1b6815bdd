// SPDX-License-Identifier: GPL-3.0-or-later
/// Minimises over a picture's pixels with L-BFGS or Adam; keeps the best picture and survives values that are
/// not finite.
///
///     auto best = minimize(start, evaluate, {.optimizer = Optimizer::lbfgs, .iterations = 100}, on_step);
#pragma once

#include "guarded.hpp"
#include "pending_losses.hpp"

#include <neural_style/losses.hpp>
#include <neural_style/settings.hpp>

#include <functional>
#include <optional>
#include <stop_token>
#include <torch/types.h>

namespace neural_style {

/// State at the end of an optimisation, from which the next one continues.
struct WalkState {
    torch::Tensor mean;   ///< Adam's, of the gradients, in the picture's shape; undefined: a new start
    torch::Tensor square; ///< of the gradients' squares
    double steps = 0;
    std::optional<double> inverse_curvature; ///< as found by L-BFGS
};

struct MinimizeOptions {
    Optimizer optimizer = Optimizer::lbfgs;
    int iterations = 100;
    int history = 10;         ///< of L-BFGS
    double learning_rate = 0; ///< 0: 1 for L-BFGS (Nocedal and Wright, section 7.2), 0.02 for Adam
    double beta1 = 0.9;       ///< of Adam, as is the next (Kingma and Ba 2015, algorithm 1)
    double epsilon = 1e-8;
    double averaging = 0;  ///< decay of the average of the steps; 0: none
    double early_stop = 0; ///< share by which the loss must fall over ten steps; 0: never stop
    /// false: the last picture is the result, and `start` itself is modified, which saves the memory of two
    /// pictures.
    bool keep_best = true;
    WalkState* state = nullptr; ///< state to continue from and to update; null: a new start
    /// When requested, returns the current picture without evaluating it again.
    std::stop_token keep{};
    /// Whether `start` is worth keeping; otherwise the first step is always made.
    bool keep_start = false;
    /// Another device than the CPU is not waited for at every step: so many steps are looked back at
    /// together.
    int steps_between_reads = 10;
    /// Whether `on_step` wants the picture of this iteration itself; null: of none.
    std::function<bool(int iteration)> wants_picture{};
};

/// Losses at `picture` and, where `gradient` is not null, their gradient (contiguous, same shape).
using Evaluate = std::function<PendingLosses(const torch::Tensor& picture, torch::Tensor* gradient)>;
/// Of each step, in order: 1-based iteration, losses before the step, the picture after it. On another device
/// than the CPU steps are told of `steps_between_reads` at a time, with the picture after the last of them.
using OnStep = std::function<void(int iteration, const Losses& losses, const torch::Tensor& picture)>;

/// The network has returned values that are not finite, and smaller steps did not help.
class NotFinite : public Failure {
  public:
    NotFinite();
};

/// The picture with the smallest total loss of those evaluated, including the average of the steps if there
/// is one. After a loss or gradient that is not finite, continues from the best picture with half the step
/// size and a fresh optimiser. Errors: NotFinite after a number of such retries in a row; whatever `evaluate`
/// and `on_step` throw.
torch::Tensor minimize(const torch::Tensor& start, const Evaluate& evaluate, const MinimizeOptions& options,
                       const OnStep& on_step);

} // namespace neural_style
