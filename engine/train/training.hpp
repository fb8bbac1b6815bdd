// SPDX-License-Identifier: GPL-3.0-or-later
/// The loop that all trainings share: AdamW, warm-up and cosine decay, averaged weights, checkpoints, a stop.
///
///     Training training(parameters, {.kind = "encoder", .settings = text}, options);
///     training.resume();
///     training.run([&](std::int64_t step, Random& random) { return loss_of(training.parameters(), random);
///     }, ...); write(training.averaged());
///
/// A training that was stopped and resumed gives the same weights, to the last bit, as one that was not: all
/// chance is drawn from the seed and the step's number.
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

/// What a training is, for its checkpoints: one made with other settings is refused.
struct TrainingName {
    std::string kind;     ///< "encoder", "decoder", "style"
    std::string settings; ///< everything that decides its result but the options
};

class Training {
  public:
    /// `parameters` are copied and follow the optimiser.
    Training(const Tensors& parameters, TrainingName name, TrainingOptions options);

    /// Goes on from the checkpoint beside the output, when there is one. Errors: Failure(bad_weights) when it
    /// is cut off, or of another training.
    bool resume();

    using Loss = std::function<torch::Tensor(std::int64_t step, Random& random)>;
    using Publish = std::function<Result<void>()>;
    /// Makes the steps that are left. At each checkpoint `publish` writes the network as it is. A checkpoint
    /// that cannot be written is told as a notice and leaves the one before; so does a loss that is no
    /// number, whose step is left out. Returns whether all steps were made; false: stopped, after a last
    /// checkpoint.
    bool run(const Loss& loss, const Publish& publish, const WriteFile& write, const ShowTraining& show,
             const std::stop_token& stop);

    /// Away with the checkpoint of a finished training.
    void forget() const;

    std::int64_t step() const { return step_; }
    const TrainingOptions& options() const { return options_; }
    /// Leaves of autograd.
    const Tensors& parameters() const { return parameters_; }
    /// Exponential average of the parameters over about the last thousand steps: less noise than any one
    /// step's.
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
