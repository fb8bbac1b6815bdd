// SPDX-License-Identifier: GPL-3.0-or-later
/// The loop shared by all trainings: AdamW, warm-up and cosine decay, averaged weights, checkpoints,
/// stopping.
///
///     Training training(parameters, {.kind = "encoder", .settings = text}, options);
///     training.resume();
///     training.run([&](std::int64_t step, Random& random) { return loss_of(training.parameters(), random);
///     }, ...); write(training.averaged());
///
/// A training that was stopped and resumed gives exactly the same weights as one that was not: all random
/// numbers depend only on the seed and the step's number.
#pragma once

#include "autograd_graph.hpp"
#include "crops.hpp"
#include "train.hpp"

#include <neural_style/error.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>

namespace neural_style {

/// Identifies a training for its checkpoints: one made with other settings is refused.
struct TrainingName {
    std::string kind;     ///< "encoder", "decoder", "style"
    std::string settings; ///< everything that affects its result, except the options
};

class Training {
  public:
    /// `parameters` are copied and updated by the optimiser.
    Training(const Tensors& parameters, TrainingName name, TrainingOptions options);

    /// Continues from the checkpoint beside the output, if there is one. Errors: Failure(bad_weights) if it
    /// is truncated or belongs to another training.
    bool resume();

    using Loss = std::function<torch::Tensor(std::int64_t step, Random& random)>;
    using Publish = std::function<Result<void>()>;
    /// Makes the remaining steps. At each checkpoint `publish` writes the current network. A checkpoint that
    /// cannot be written is reported as a notice and leaves the previous one. A loss that is not finite is
    /// reported too, and its step is skipped. Returns whether all steps were made; false: stopped, after a
    /// final checkpoint.
    bool run(const Loss& loss, const Publish& publish, const WriteFile& write, const ShowTraining& show,
             const std::stop_token& stop);

    /// Deletes the checkpoint of a finished training.
    void forget() const;

    std::int64_t step() const { return step_; }
    const TrainingOptions& options() const { return options_; }
    /// Leaves of autograd's graph.
    const Tensors& parameters() const { return parameters_; }
    /// Exponential average of the parameters over about the last thousand steps: less noisy than those of any
    /// step.
    const Tensors& averaged() const { return averaged_; }
    torch::ScalarType type() const { return options_.bfloat16 ? torch::kBFloat16 : torch::kFloat32; }
    torch::Device device() const { return torch::Device(options_.device); }

  private:
    double learning_rate(std::int64_t step) const;
    void advance();
    Result<void> save(const WriteFile& write) const;
    std::string fingerprint() const;

    TrainingName name_;
    TrainingOptions options_;
    std::int64_t step_ = 0;
    Tensors parameters_, averaged_, first_moments_, second_moments_;
};

} // namespace neural_style
