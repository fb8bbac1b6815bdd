// SPDX-License-Identifier: GPL-3.0-or-later
#include "captured_step.hpp"

#include "guarded.hpp"

#include <utility>

namespace neural_style {

namespace {

// Largest difference between a replay and the plain step, as a share of the largest value of that result.
// Sums in changing order differ by less, even of bfloat16 (2^-8 each); a wrong address or a forgotten input
// by far more.
constexpr double most_difference = 0.02;

} // namespace

CapturedStep::CapturedStep(torch::Device device, Work work)
    : device_(device), work_(std::move(work)), capture_(new_capture(device)) {}

std::vector<torch::Tensor> CapturedStep::operator()() {
    if (!capture_ || calls_ < plain_calls) {
        ++calls_;
        return work_();
    }
    if (calls_ == plain_calls)
        return captured();
    if (calls_ < calls_before_replays)
        return checked();
    return succeeds([&] { capture_->replay(); }) ? replayed_ : work_();
}

// Gives the capture up if not.
template <typename Attempt>
bool CapturedStep::succeeds(Attempt attempt) {
    if (guarded(attempt))
        return true;
    replayed_.clear();
    differs_ = torch::Tensor();
    capture_.reset();
    return false;
}

std::vector<torch::Tensor> CapturedStep::captured() {
    const torch::NoGradGuard no_grad;
    std::vector<torch::Tensor> plain;
    const bool taken = succeeds([&] {
        capture_->take(device_, [&] {
            auto results = work_();
            (plain.empty() ? plain : replayed_) = std::move(results);
        });
        differs_ = replay_differs(plain);
    });
    if (plain.empty()) // it was not even done plainly
        return work_();
    if (taken)
        ++calls_;
    return plain;
}

std::vector<torch::Tensor> CapturedStep::checked() {
    const torch::NoGradGuard no_grad;
    auto plain = work_();
    succeeds([&] {
        differs_ = differs_.logical_or(replay_differs(plain));
        if (differs_.item<bool>())
            throw Failure(ErrorCode::internal, "a captured step computes something else");
    });
    ++calls_;
    return plain;
}

// What is not a number differs.
torch::Tensor CapturedStep::replay_differs(const std::vector<torch::Tensor>& plain) {
    capture_->replay();
    torch::Tensor differs;
    for (std::size_t i = 0; i < plain.size(); ++i) {
        const auto difference = (replayed_.at(i) - plain[i]).abs().max();
        const auto here = difference.le(plain[i].abs().max() * most_difference).logical_not();
        differs = differs.defined() ? differs.logical_or(here) : here;
    }
    return differs;
}

} // namespace neural_style
