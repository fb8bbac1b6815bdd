// SPDX-License-Identifier: GPL-3.0-or-later
#include "captured_evaluation.hpp"

#include "guarded.hpp"

#include <utility>

namespace neural_style {

CapturedEvaluation::CapturedEvaluation(Evaluate once, Evaluate plain)
    : once_(std::move(once)), plain_(std::move(plain)) {}

PendingLosses CapturedEvaluation::operator()(const torch::Tensor& picture, torch::Tensor* gradient) {
    if (gradient && is_its_picture(picture))
        try {
            return stepped(*gradient);
        } catch (...) {
            if (error_in_flight().code != ErrorCode::out_of_memory)
                throw;
            step_.reset(); // with all memory that it keeps
        }
    return plain_(picture, gradient);
}

// The first one is.
bool CapturedEvaluation::is_its_picture(const torch::Tensor& picture) {
    if (!picture_.defined()) {
        picture_ = picture;
        step_.emplace(picture.device(), [this] { return evaluated(); });
    }
    return step_ && picture.is_alias_of(picture_) && picture.sizes() == picture_.sizes();
}

// The gradient, and what of the losses the device knows.
std::vector<torch::Tensor> CapturedEvaluation::evaluated() {
    torch::Tensor gradient;
    known_ = once_(picture_, &gradient);
    pending_.clear();
    std::vector<torch::Tensor> values;
    for (std::size_t i = 0; i < PendingLosses::terms; ++i)
        if (auto& value = known_.values[i]; !value.is_known()) {
            values.push_back(value.on(picture_.device()));
            value = 0;
            pending_.push_back(i);
        }
    if (values.empty())
        return {gradient};
    return {gradient, torch::stack(values)};
}

PendingLosses CapturedEvaluation::stepped(torch::Tensor& gradient) {
    const auto results = (*step_)();
    gradient = results.front();
    auto losses = known_;
    if (results.size() == 1)
        return losses;
    const auto values = results[1].clone(); // the next step overwrites them, before they are read
    for (std::size_t i = 0; i < pending_.size(); ++i)
        losses.values[pending_[i]] = Amount(values[std::int64_t(i)]);
    return losses;
}

} // namespace neural_style
