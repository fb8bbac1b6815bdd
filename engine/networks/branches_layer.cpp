// SPDX-License-Identifier: GPL-3.0-or-later
// Sequences side by side whose outputs become one.
#include "sequence.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace neural_style {

namespace {

class BranchesLayer final : public Layer {
  public:
    BranchesLayer(const BranchesStep& step, const LayerPlace& place) {
        for (const auto& branch : step.branches)
            branches_.emplace_back(branch, place);
    }

    torch::Tensor forward(torch::Tensor in, const LayerPass& pass) const override {
        std::vector<torch::Tensor> outputs;
        for (const auto& branch : branches_)
            outputs.push_back(branch.forward(in, pass));
        return channels_last(torch::cat(outputs, 1));
    }

    bool has_backward() const override {
        return std::ranges::all_of(branches_, [](const auto& branch) { return branch.has_backward(); });
    }
    torch::Tensor backward(const torch::Tensor& in, const torch::Tensor&,
                           torch::Tensor gradient) const override {
        torch::Tensor sum;
        std::int64_t from = 0;
        for (const auto& branch : branches_) {
            const auto channels = std::int64_t(branch.out({double(in.size(1)), 1, 1}).channels);
            auto own = branch.backward(in, channels_last(gradient.narrow(1, from, channels)));
            sum = sum.defined() ? sum.add_(own) : std::move(own);
            from += channels;
        }
        return sum;
    }

    Shape out(Shape in) const override {
        auto out = branches_.front().out(in);
        out.channels = 0;
        for (const auto& branch : branches_)
            out.channels += branch.out(in).channels;
        return out;
    }
    int stride() const override { return branches_.front().stride(); }
    int around(int behind) const override {
        int most = 0;
        for (const auto& branch : branches_)
            most = std::max(most, branch.around(behind));
        return most;
    }
    std::int64_t least_side(std::int64_t behind) const override {
        std::int64_t least = 0;
        for (const auto& branch : branches_)
            least = std::max(least, branch.least_side(behind));
        return least;
    }
    bool divides(std::int64_t& length) const override { return branches_.front().divides(length); }
    LayerCost cost(Shape in) const override {
        LayerCost sum;
        for (const auto& branch : branches_) {
            const auto own = branch.cost(in);
            sum.operations += own.operations;
            sum.widest = std::max(sum.widest, own.widest);
            sum.transient = std::max(sum.transient, own.transient + branch.kept(in));
        }
        const double out = this->out(in).values();
        sum.widest += 2 * out;              // of all branches, and joined
        sum.transient += in.values() + out; // the sum, and a branch's part
        return sum;
    }
    bool has_norms() const override {
        return std::ranges::any_of(branches_, [](const auto& branch) { return branch.has_norms(); });
    }

  private:
    std::vector<Sequence> branches_;
};

} // namespace

LayerPointer layer_of(const BranchesStep& step, const LayerPlace& place) {
    return std::make_shared<BranchesLayer>(step, place);
}

} // namespace neural_style
