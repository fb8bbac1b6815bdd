// SPDX-License-Identifier: GPL-3.0-or-later
#include "minimize.hpp"

#include "guarded.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <torch/optim/adam.h>
#include <torch/optim/lbfgs.h>

namespace neural_style {

namespace {

constexpr int most_retries = 8;

std::unique_ptr<torch::optim::Optimizer>
fresh_optimizer(const torch::Tensor& picture, const MinimizeOptions& options, double learning_rate) {
    if (options.optimizer == Optimizer::adam)
        return std::make_unique<torch::optim::Adam>(std::vector{picture},
                                                    torch::optim::AdamOptions(learning_rate));
    // One evaluation per step: the walk is watched, and can be left, between any two. The tolerances only
    // stop at exact rest; how long to walk is the caller's choice.
    return std::make_unique<torch::optim::LBFGS>(std::vector{picture},
                                                 torch::optim::LBFGSOptions(learning_rate)
                                                     .max_iter(1)
                                                     .history_size(options.history)
                                                     .tolerance_grad(0)
                                                     .tolerance_change(0));
}

double first_learning_rate(const MinimizeOptions& options) {
    if (options.learning_rate > 0)
        return options.learning_rate;
    return options.optimizer == Optimizer::adam ? 0.02 : 1.0;
}

} // namespace

torch::Tensor minimize(const torch::Tensor& start, const Evaluate& evaluate, const MinimizeOptions& options,
                       const OnStep& on_step) {
    auto picture = start.detach().clone(torch::MemoryFormat::Contiguous).set_requires_grad(true);
    auto best = start.detach().clone(torch::MemoryFormat::Contiguous);
    double best_loss = std::numeric_limits<double>::infinity();
    double learning_rate = first_learning_rate(options);
    auto optimizer = fresh_optimizer(picture, options, learning_rate);
    int retries = 0;

    for (int iteration = 1; iteration <= options.iterations;) {
        Losses losses;
        bool finite = true;
        const auto closure = [&] {
            torch::Tensor gradient;
            losses = evaluate(picture.detach(), &gradient);
            finite = std::isfinite(losses.total()) && std::isfinite(gradient.sum().item<double>());
            if (finite && losses.total() < best_loss) {
                best_loss = losses.total();
                best.copy_(picture.detach());
            }
            if (!finite)
                gradient.zero_();
            picture.mutable_grad() = gradient;
            return torch::tensor(losses.total());
        };
        optimizer->step(closure);
        if (!finite) {
            if (++retries > most_retries)
                throw Failure(
                    ErrorCode::internal,
                    "The network keeps answering with values that are not numbers. Use another network "
                    "file, or smaller weights.");
            {
                const torch::NoGradGuard no_grad;
                picture.copy_(best);
            }
            learning_rate /= 2;
            optimizer = fresh_optimizer(picture, options, learning_rate);
            continue;
        }
        retries = 0;
        on_step(iteration, losses, picture.detach());
        ++iteration;
    }
    // The last step has not been evaluated yet.
    const double last_loss = evaluate(picture.detach(), nullptr).total();
    return std::isfinite(last_loss) && last_loss < best_loss ? picture.detach() : best;
}

} // namespace neural_style
