// SPDX-License-Identifier: GPL-3.0-or-later
/// Losses and gradient at a picture that changes in place, as a captured step; with a plain way beside it.
///
///     CapturedEvaluation evaluation(
///         [&](const torch::Tensor& p, torch::Tensor* g) { return objective.pending_losses_once(p, g, stop);
///         },
///         [&](const torch::Tensor& p, torch::Tensor* g) { return objective.pending_losses(p, g, stop); });
///     minimize(start, std::ref(evaluation), options, on_step);
///
/// A replay has no way to stop within; the caller asks for a stop before each.
#pragma once

#include "captured_step.hpp"
#include "minimize.hpp"
#include "pending_losses.hpp"

#include <cstddef>
#include <optional>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// Taking a capture and comparing it costs as much as a few plain steps: with fewer it is not worth it.
constexpr int least_captured_iterations = 20;

class CapturedEvaluation {
  public:
    /// `once` is what is captured: see CapturedStep::Work. `plain` takes its place if memory runs out, and
    /// where no gradient is wanted or another picture is looked at than the first.
    CapturedEvaluation(Evaluate once, Evaluate plain);
    CapturedEvaluation(const CapturedEvaluation&) = delete;
    CapturedEvaluation& operator=(const CapturedEvaluation&) = delete;

    /// As Evaluate. The gradient is valid until the next call, the losses stay.
    PendingLosses operator()(const torch::Tensor& picture, torch::Tensor* gradient);

    bool is_captured() const { return step_ && step_->is_captured(); }

  private:
    bool is_its_picture(const torch::Tensor& picture);
    std::vector<torch::Tensor> evaluated();
    PendingLosses stepped(torch::Tensor& gradient);

    Evaluate once_, plain_;
    torch::Tensor picture_;
    std::optional<CapturedStep> step_; // nothing: it has not begun, or is given up
    PendingLosses known_;              // weights, and the values that are the same at every step
    std::vector<std::size_t> pending_; // the other values
};

} // namespace neural_style
