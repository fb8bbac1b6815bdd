// SPDX-License-Identifier: GPL-3.0-or-later
/// A step that a device does again and again on the same memory: captured where the device can do that, so
/// that the processor gives it out with one call; else, and wherever the capture turns out wrong, done
/// plainly.
///
///     CapturedStep step(device, [&] { return std::vector{gradient_at(picture)}; });
///     for (…)
///         picture.sub_(step().front());
///
/// The first calls are plain. Then the step is captured, and twice its replay is compared with the plain
/// step, the second time after its inputs have changed. Whatever the processor decides in the step, such as a
/// number that is no tensor, stays as it was then; if that makes a difference, the comparison tells.
#pragma once

#include "capture.hpp"

#include <functional>
#include <memory>
#include <torch/types.h>
#include <vector>

namespace neural_style {

class CapturedStep {
  public:
    /// Reads and writes tensors that outlive this, whose memory stays theirs; returns as many float tensors
    /// each time, of the same shapes. A call more or less must make no difference but to what it returns.
    using Work = std::function<std::vector<torch::Tensor>()>;

    /// Calls before it is captured: in them LibTorch prepares itself, and `Work` may still wait.
    static constexpr int plain_calls = 2;
    /// Calls after which it is captured, if it ever is; in the last of them the device is waited for.
    static constexpr int calls_before_replays = plain_calls + 2;

    CapturedStep(torch::Device device, Work work);

    /// Results, which are valid, and may be modified, until the next call. Errors: those of `Work` where it
    /// is called plainly; what goes wrong with the capture costs only the capture.
    std::vector<torch::Tensor> operator()();

    /// Whether the next call only replays.
    bool is_captured() const { return capture_ && calls_ >= calls_before_replays; }

  private:
    template <typename Attempt>
    bool succeeds(Attempt attempt);
    std::vector<torch::Tensor> captured();
    std::vector<torch::Tensor> checked();
    torch::Tensor replay_differs(const std::vector<torch::Tensor>& plain);

    torch::Device device_;
    Work work_;
    std::unique_ptr<Capture> capture_;    // null: it is done plainly for good
    std::vector<torch::Tensor> replayed_; // where a replay leaves its results
    torch::Tensor differs_;               // whether one did so far, on the device
    int calls_ = 0;
};

} // namespace neural_style
