// SPDX-License-Identifier: GPL-3.0-or-later
#include "minimize.hpp"

#include "compact_lbfgs.hpp"
#include "lbfgs.hpp"

#include <ATen/ops/_fused_adam.h>
#include <cmath>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace neural_style {

namespace {

constexpr int most_retries = 8;
constexpr std::size_t early_stop_steps = 10;
constexpr double beta2 = 0.999; // Kingma and Ba 2015, algorithm 1

// An optimiser in progress: changes `picture` by one step.
class Walk {
  public:
    virtual ~Walk() = default;
    virtual void step(const std::function<void()>& closure) = 0;
    // At its end: what the next one may begin with.
    virtual void leave(WalkState&) const {}
};

template <typename Lbfgs>
class LbfgsWalk : public Walk {
  public:
    LbfgsWalk(const torch::Tensor& picture, const MinimizeOptions& options, double learning_rate)
        : picture_(picture), learning_rate_(learning_rate),
          lbfgs_(picture.detach(), options.history,
                 options.state ? options.state->inverse_curvature : std::nullopt) {}
    void step(const std::function<void()>& closure) override {
        closure();
        const torch::NoGradGuard no_grad;
        picture_.detach().add_(lbfgs_.step(picture_.grad(), learning_rate_));
    }
    void leave(WalkState& state) const override { state.inverse_curvature = lbfgs_.inverse_curvature(); }

  private:
    torch::Tensor picture_;
    double learning_rate_;
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
    void step(const std::function<void()>& closure) override {
        closure();
        const torch::NoGradGuard no_grad;
        state_->steps += 1;
        const auto steps = torch::full({}, state_->steps, picture_.detach().options());
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
    if (picture.is_cpu())
        return std::make_unique<LbfgsWalk<Lbfgs>>(picture, options, learning_rate);
    return std::make_unique<LbfgsWalk<CompactLbfgs>>(picture, options, learning_rate);
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

    // Takes a copy, since the walk goes on in `picture`. A loss that is not a number is not less.
    void offer(const torch::Tensor& picture, const Amount& loss) {
        if (!loss.is_known())
            return offer_there(picture, loss);
        if (!(double(loss) < double(loss_)))
            return;
        loss_ = loss;
        if (keeps_)
            keep(picture);
    }
    // At the end: `picture` itself.
    void offer_last(const torch::Tensor& picture, double loss) {
        if (std::isfinite(loss) && loss < double(loss_)) {
            loss_ = loss;
            picture_ = picture;
        }
    }
    bool is_start() const { return !std::isfinite(double(loss_)); }
    const torch::Tensor& picture() const { return picture_; }

  private:
    void keep(const torch::Tensor& picture) {
        if (picture_.is_same(start_))
            picture_ = picture.clone();
        else
            picture_.copy_(picture);
    }
    // Decided where the picture lies.
    void offer_there(const torch::Tensor& picture, const Amount& loss) {
        const auto here = loss.on(picture.device()), least = loss_.on(picture.device());
        const auto less = here < least;
        loss_ = Amount(torch::where(less, here, least));
        if (!keeps_)
            return;
        if (picture_.is_same(start_))
            picture_ = picture.clone();
        else
            picture_.copy_(torch::where(less, picture, picture_));
    }

    torch::Tensor start_, picture_;
    bool keeps_;
    Amount loss_ = std::numeric_limits<double>::infinity();
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

// A step that has been taken, and may not have been looked at yet.
struct Step {
    int iteration;
    PendingLosses losses;
    Amount finite; // 1; or 0 where the loss or its gradient was not, and the step is worth nothing

    struct Seen {
        int iteration;
        Losses losses;
        bool finite;
    };
    // All of them, with one wait at the most.
    static std::vector<Seen> seen(std::vector<Step>& steps) {
        std::vector<Amount> amounts;
        for (const auto& step : steps) {
            amounts.push_back(step.finite);
            amounts.insert(amounts.end(), step.losses.values.begin(), step.losses.values.end());
        }
        const auto values = read(amounts);
        std::vector<Seen> seen;
        auto next = values.begin();
        for (const auto& step : steps) {
            const bool finite = *next++ != 0;
            seen.push_back({step.iteration, step.losses.known({next, PendingLosses::terms}), finite});
            next += PendingLosses::terms;
        }
        steps.clear();
        return seen;
    }
};

struct Checked {
    Amount finite; // 1; 0 where the loss or its gradient is not
    Amount loss;   // not a number in that case
};

// A gradient that is not finite becomes 0, so that the picture stays one.
Checked checked(const Amount& loss, torch::Tensor& gradient) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    const auto sum = gradient.sum();
    if (loss.is_known() && gradient.is_cpu()) {
        const bool finite = std::isfinite(double(loss)) && std::isfinite(sum.item<double>());
        if (!finite)
            gradient.zero_();
        return {finite ? 1.0 : 0.0, finite ? loss : Amount(none)};
    }
    const auto there = loss.on(gradient.device());
    const auto not_finite = there.isfinite().logical_and(sum.isfinite()).logical_not();
    gradient.masked_fill_(not_finite, 0);
    return {Amount(not_finite.logical_not()), Amount(there.masked_fill(not_finite, none))};
}

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
    std::vector<Step> unseen;
    const auto is_due = [&](int iteration) {
        // After one that failed, it is soon known whether the next one does.
        return picture.is_cpu() || retries > 0 || int(unseen.size()) >= options.steps_between_reads ||
               iteration == options.iterations || (options.wants_picture && options.wants_picture(iteration));
    };
    // Of the steps that have not been looked at: tells of them, and which one, if any, came to nothing.
    bool stands_still = false;
    const auto look_back = [&]() -> std::optional<int> {
        for (const auto& step : Step::seen(unseen)) {
            if (!step.finite)
                return step.iteration;
            retries = 0;
            on_step(step.iteration, step.losses, picture.detach());
            stands_still |= standstill.reached(step.losses.total());
        }
        return std::nullopt;
    };
    bool kept = false;
    for (int iteration = 1; iteration <= options.iterations && !stands_still;) {
        kept = keep_asked(iteration);
        if (kept)
            break;
        Step step{.iteration = iteration, .losses = {}, .finite = {}};
        const auto closure = [&] {
            picture.mutable_grad() = torch::Tensor(); // freed before another one of its size is allocated
            torch::Tensor gradient;
            step.losses = evaluate(picture.detach(), &gradient);
            const auto [finite, loss] = checked(step.losses.total(), gradient);
            step.finite = finite;
            best.offer(picture.detach(), loss);
            picture.mutable_grad() = gradient;
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
        if (!step.finite.is_known() || double(step.finite) != 0)
            average.add(picture.detach());
        unseen.push_back(std::move(step));
        if (!is_due(iteration++))
            continue;
        if (const auto failed = look_back()) {
            if (++retries > most_retries)
                throw NotFinite();
            iteration = *failed;
            if (options.keep_best) {
                const torch::NoGradGuard no_grad;
                picture.copy_(best.picture());
            }
            if (options.state)
                *options.state = {};
            learning_rate /= 2;
            walk = new_walk(picture, options, learning_rate);
        }
    }
    look_back();
    if (options.state)
        walk->leave(*options.state);
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
