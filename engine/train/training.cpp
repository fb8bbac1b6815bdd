// SPDX-License-Identifier: GPL-3.0-or-later
#include "training.hpp"

#include "allocation.hpp"
#include "guarded.hpp"
#include "weights.hpp"
#include "weights_file.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <torch/torch.h>

namespace neural_style {

namespace {

constexpr const char* checkpoint_format = "neural-style-training/1";

// Loshchilov and Hutter 2019, with their defaults except for a smaller decay: these networks are too small to
// overfit.
constexpr double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 1e-3;
constexpr double largest_gradient = 1; // norm, of all parameters together
constexpr double longest_average = 0.999;
constexpr auto show_interval = std::chrono::milliseconds(500);

} // namespace

Training::Training(const Tensors& parameters, TrainingName name, TrainingOptions options)
    : name_(std::move(name)), options_(std::move(options)) {
    for (const auto& [key, tensor] : parameters) {
        const auto start = tensor.detach().to(device(), torch::kFloat32).clone();
        parameters_.emplace(key, start.clone().requires_grad_());
        averaged_.emplace(key, start);
        first_moments_.emplace(key, torch::zeros_like(start));
        second_moments_.emplace(key, torch::zeros_like(start));
    }
}

std::string Training::fingerprint() const {
    return formatted("{} steps={} learning-rate={} warm-up={} batch={} crop={} seed={} bfloat16={} {}",
                     name_.kind, options_.steps, options_.learning_rate, options_.warm_up, options_.batch,
                     options_.crop, options_.seed, options_.bfloat16, name_.settings);
}

bool Training::resume() {
    const auto file = options_.checkpoint();
    if (!std::filesystem::exists(file))
        return false;
    const auto refuse = [&](const char* why) {
        throw Failure(ErrorCode::bad_weights,
                      formatted("The checkpoint {} {}: delete it to begin anew, or choose another output.",
                                file.string(), why));
    };
    const auto read = guarded([&] { return Weights::read(file); });
    if (!read)
        refuse("is damaged or cut off");
    const auto& saved = *read;
    if (saved.metadata("format") != checkpoint_format)
        refuse("is not one of this program");
    if (saved.metadata("training") != fingerprint())
        refuse("is of a training with other settings, photos or networks");
    const torch::NoGradGuard no_grad;
    for (const auto& [prefix, tensors] : {std::pair<const char*, Tensors*>{"parameter.", &parameters_},
                                          {"average.", &averaged_},
                                          {"first.", &first_moments_},
                                          {"second.", &second_moments_}})
        for (auto& [key, tensor] : *tensors) {
            const std::string name = prefix + key;
            if (!saved.contains(name) || saved.tensor(name).sizes() != tensor.sizes())
                refuse("lacks something");
            tensor.copy_(saved.tensor(name));
        }
    step_ = std::strtoll(saved.metadata("step").c_str(), nullptr, 10);
    if (step_ < 0 || step_ > options_.steps)
        refuse("is of a training with other settings, photos or networks");
    return true;
}

Result<void> Training::save(const WriteFile& write) const {
    std::map<std::string, torch::Tensor> all;
    for (const auto& [prefix, tensors] : {std::pair<const char*, const Tensors*>{"parameter.", &parameters_},
                                          {"average.", &averaged_},
                                          {"first.", &first_moments_},
                                          {"second.", &second_moments_}})
        for (const auto& [key, tensor] : *tensors)
            all.emplace(prefix + key, tensor);
    return write(options_.checkpoint(), safetensors(all,
                                                    {{"format", checkpoint_format},
                                                     {"training", fingerprint()},
                                                     {"step", std::to_string(step_)}},
                                                    torch::kFloat32));
}

void Training::forget() const {
    std::error_code ignored;
    std::filesystem::remove(options_.checkpoint(), ignored);
}

double Training::learning_rate(std::int64_t step) const {
    const auto warm_up = std::min(options_.warm_up, options_.steps / 10);
    if (step < warm_up)
        return options_.learning_rate * double(step + 1) / double(warm_up);
    const double way = double(step - warm_up) / double(std::max<std::int64_t>(options_.steps - warm_up, 1));
    return options_.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * way));
}

// One step of AdamW with clipped gradients.
void Training::advance() {
    const torch::NoGradGuard no_grad;
    auto squares = torch::zeros({}, torch::TensorOptions(torch::kFloat64).device(device()));
    for (const auto& [key, parameter] : parameters_)
        if (parameter.grad().defined())
            squares += parameter.grad().square().sum(torch::kFloat64);
    const double norm = std::sqrt(squares.item<double>());
    const double clip = std::isfinite(norm) ? std::min(1.0, largest_gradient / (norm + 1e-6)) : 0.0;
    const double rate = learning_rate(step_);
    const double number = double(step_ + 1);
    const double correction1 = 1 - std::pow(beta1, number), correction2 = 1 - std::pow(beta2, number);
    const double keep = std::min(longest_average, (number + 1) / (number + 10));
    for (auto& [key, parameter] : parameters_) {
        if (clip > 0 && parameter.grad().defined()) {
            const auto gradient = parameter.grad().mul_(clip);
            auto &first = first_moments_.at(key), &second = second_moments_.at(key);
            first.lerp_(gradient, 1 - beta1);
            second.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
            if (parameter.dim() > 1)
                parameter.mul_(1 - rate * weight_decay);
            const auto scale = (second / correction2).sqrt_().add_(epsilon);
            parameter.addcdiv_(first, scale, -rate / correction1);
        }
        parameter.mutable_grad() = torch::Tensor();
        averaged_.at(key).lerp_(parameter, 1 - keep);
    }
}

bool Training::run(const Loss& loss, const Publish& publish, const WriteFile& write, const ShowTraining& show,
                   const std::stop_token& stop) {
    using Clock = std::chrono::steady_clock;
    const KeptMemory kept;
    TrainingUpdate update{.step = step_, .steps = options_.steps, .loss = 0, .seconds = 0, .notice = {}};
    const auto tell = [&](std::string notice) {
        update.notice = std::move(notice);
        show(update);
        update.notice.clear();
    };
    const auto keep = [&] {
        auto kept = save(write);
        return kept ? publish() : kept;
    };
    auto saved = Clock::now(), shown = saved - show_interval, began = saved;
    const std::int64_t first = step_;
    while (step_ < options_.steps && !stop.stop_requested()) {
        auto random = random_of(options_.seed, step_);
        const auto value = loss(step_, random);
        value.backward();
        const double number = value.item<double>();
        if (!std::isfinite(number)) {
            tell(formatted("Step {} came out as no number and is left out.", step_ + 1));
            for (auto& [key, parameter] : parameters_)
                parameter.mutable_grad() = torch::Tensor();
        }
        advance();
        ++step_;
        const auto now = Clock::now();
        update.step = step_;
        if (std::isfinite(number))
            update.loss = step_ == first + 1 ? number : update.loss + 0.02 * (number - update.loss);
        update.seconds = std::chrono::duration<double>(now - began).count() / double(step_ - first);
        if (now - shown >= show_interval || step_ == options_.steps) {
            show(update);
            shown = now;
        }
        const bool due = options_.checkpoint_steps > 0
                             ? step_ % options_.checkpoint_steps == 0
                             : now - saved >= std::chrono::duration<double>(options_.checkpoint_seconds);
        if (due && step_ < options_.steps) {
            if (auto kept = keep(); !kept)
                tell(kept.error().message +
                     " The training goes on; the last good checkpoint is still there.");
            saved = Clock::now();
        }
    }
    if (auto kept = keep(); !kept)
        throw Failure(kept.error().code, kept.error().message);
    return step_ == options_.steps;
}

} // namespace neural_style
