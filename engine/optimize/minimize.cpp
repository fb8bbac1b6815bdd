// SPDX-License-Identifier: GPL-3.0-or-later
#include "minimize.hpp"

#include "lbfgs.hpp"

#include <ATen/ops/_fused_adam.h>
#include <cmath>
#include <deque>
#include <limits>
#include <memory>

namespace neural_style {

namespace {

constexpr int most_retries = 8;
constexpr std::size_t early_stop_steps = 10;
constexpr double beta2 = 0.999; // Kingma and Ba 2015, algorithm 1

// An optimiser in progress: changes `picture` by one step.
class Walk {
  public:
    virtual ~Walk() = default;
    virtual void step(const std::function<torch::Tensor()>& closure) = 0;
};

class LbfgsWalk : public Walk {
  public:
    LbfgsWalk(const torch::Tensor& picture, const MinimizeOptions& options, double learning_rate)
        : picture_(picture), learning_rate_(learning_rate), state_(options.state),
          lbfgs_(picture.detach(), options.history, state_ ? state_->inverse_curvature : std::nullopt) {}
    void step(const std::function<torch::Tensor()>& closure) override {
        closure();
        const torch::NoGradGuard no_grad;
        picture_.detach().add_(lbfgs_.step(picture_.grad(), learning_rate_));
        if (state_)
            state_->inverse_curvature = lbfgs_.inverse_curvature();
    }

  private:
    torch::Tensor picture_;
    double learning_rate_;
    WalkState* state_;
    Lbfgs lbfgs_;
};

// LibTorch's fused kernel updates picture and state in place: no copies of large pictures.
class AdamWalk : public Walk {
  public:
    AdamWalk(const torch::Tensor& picture, const MinimizeOptions& options, double learning_rate)
        : picture_(picture), options_(&options), learning_rate_(learning_rate),
          state_(options.state ? options.state : &own_state_) {
        if (!state_->mean.defined())
            *state_ = {torch::zeros_like(picture), torch::zeros_like(picture), 0, {}};
    }
    void step(const std::function<torch::Tensor()>& closure) override {
        closure();
        const torch::NoGradGuard no_grad;
        state_->steps += 1;
        const auto steps = torch::tensor(state_->steps, torch::kFloat32).to(picture_.device());
        at::_fused_adam_({picture_.detach()}, {picture_.grad()}, {state_->mean}, {state_->square}, {},
                         {steps}, learning_rate_, options_->beta1, beta2, /*weight_decay=*/0,
                         options_->epsilon,
                         /*amsgrad=*/false, /*maximize=*/false);
    }

  private:
    torch::Tensor picture_;
    const MinimizeOptions* options_;
    double learning_rate_;
    WalkState own_state_;
    WalkState* state_;
};

std::unique_ptr<Walk> new_walk(const torch::Tensor& picture, const MinimizeOptions& options,
                               double learning_rate) {
    if (options.optimizer == Optimizer::adam)
        return std::make_unique<AdamWalk>(picture, options, learning_rate);
    return std::make_unique<LbfgsWalk>(picture, options, learning_rate);
}

double first_learning_rate(const MinimizeOptions& options) {
    if (options.learning_rate > 0)
        return options.learning_rate;
    return options.optimizer == Optimizer::adam ? 0.02 : 1.0;
}

// The average of the steps, with weights that decay by `decay` per step; corrected for its start like Adam's
// own averages (Kingma and Ba 2015, section 3).
class Average {
  public:
    explicit Average(double decay) : decay_(decay) {}
    void add(const torch::Tensor& picture) {
        if (decay_ == 0)
            return;
        if (!sum_.defined())
            sum_ = torch::zeros_like(picture);
        sum_.lerp_(picture, 1 - decay_);
        weight_ = decay_ * weight_ + (1 - decay_);
    }
    torch::Tensor picture() const { return sum_.defined() ? sum_ / weight_ : sum_; }

  private:
    double decay_, weight_ = 0;
    torch::Tensor sum_;
};

// The picture with the smallest loss so far, or only that loss if pictures are not kept.
class Best {
  public:
    Best(const torch::Tensor& start, bool keeps) : start_(start), picture_(start), keeps_(keeps) {}

    // Makes a copy, since `picture` will be changed.
    void offer(const torch::Tensor& picture, double loss) {
        if (!(loss < loss_))
            return;
        loss_ = loss;
        if (!keeps_)
            return;
        if (is_start())
            picture_ = picture.clone();
        else
            picture_.copy_(picture);
    }
    // At the end: `picture` itself.
    void offer_last(const torch::Tensor& picture, double loss) {
        if (std::isfinite(loss) && loss < loss_) {
            loss_ = loss;
            picture_ = picture;
        }
    }
    bool is_start() const { return picture_.is_same(start_); }
    const torch::Tensor& picture() const { return picture_; }

  private:
    torch::Tensor start_, picture_;
    bool keeps_;
    double loss_ = std::numeric_limits<double>::infinity();
};

// Whether the loss falls by less than a given share over some steps.
class Standstill {
  public:
    explicit Standstill(double share) : share_(share) {}
    bool reached(double loss) {
        losses_.push_back(loss);
        if (losses_.size() <= early_stop_steps)
            return false;
        if (share_ > 0 && losses_.front() - loss < share_ * losses_.front())
            return true;
        losses_.pop_front();
        return false;
    }

  private:
    double share_;
    std::deque<double> losses_;
};

} // namespace

NotFinite::NotFinite()
    : Failure(ErrorCode::internal,
              "The network keeps answering with values that are not numbers. Use another "
              "network file, or smaller weights.") {}

torch::Tensor minimize(const torch::Tensor& start, const Evaluate& evaluate, const MinimizeOptions& options,
                       const OnStep& on_step) {
    auto picture = options.keep_best ? start.detach().clone(torch::MemoryFormat::Contiguous)
                                     : start.detach().contiguous();
    picture.set_requires_grad(true);
    Best best(start, options.keep_best);
    double learning_rate = first_learning_rate(options);
    auto walk = new_walk(picture, options, learning_rate);
    Average average(options.averaging);
    Standstill standstill(options.early_stop);
    int retries = 0;

    const auto keep_asked = [&](int iteration) {
        return options.keep.stop_requested() && (iteration > 1 || options.keep_start);
    };
    bool kept = false;
    for (int iteration = 1; iteration <= options.iterations;) {
        kept = keep_asked(iteration);
        if (kept)
            break;
        Losses losses;
        bool finite = true;
        const auto closure = [&] {
            picture.mutable_grad() = torch::Tensor(); // freed before another one of its size is allocated
            torch::Tensor gradient;
            losses = evaluate(picture.detach(), &gradient);
            finite = std::isfinite(losses.total()) && std::isfinite(gradient.sum().item<double>());
            if (finite)
                best.offer(picture.detach(), losses.total());
            else
                gradient.zero_();
            picture.mutable_grad() = gradient;
            return torch::tensor(losses.total());
        };
        try {
            walk->step(closure);
        } catch (const Failure& failure) {
            // `evaluate` stopped midway, so the step was not made.
            kept = failure.code() == ErrorCode::cancelled && keep_asked(iteration);
            if (!kept)
                throw;
            break;
        }
        if (!finite) {
            if (++retries > most_retries)
                throw NotFinite();
            if (options.keep_best) {
                const torch::NoGradGuard no_grad;
                picture.copy_(best.picture());
            }
            if (options.state)
                *options.state = {};
            learning_rate /= 2;
            walk = new_walk(picture, options, learning_rate);
            continue;
        }
        retries = 0;
        average.add(picture.detach());
        on_step(iteration, losses, picture.detach());
        ++iteration;
        if (standstill.reached(losses.total()))
            break;
    }
    walk.reset();
    picture.mutable_grad() = torch::Tensor();
    if (!options.keep_best)
        return picture.detach();
    if (kept)
        return best.is_start() ? picture.detach() : best.picture();
    // The last step has not been evaluated yet, and the average never has.
    for (const auto& candidate : {picture.detach(), average.picture()})
        if (candidate.defined())
            best.offer_last(candidate, evaluate(candidate, nullptr).total());
    return best.is_start() ? best.picture().clone() : best.picture();
}

} // namespace neural_style
