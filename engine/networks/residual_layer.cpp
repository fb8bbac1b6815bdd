// SPDX-License-Identifier: GPL-3.0-or-later
// Layers whose output is added to their input, or to what other layers make of it.
#include "sequence.hpp"

#include <algorithm>

namespace neural_style {

namespace {

class ResidualLayer final : public Layer {
  public:
    ResidualLayer(const ResidualStep& step, const LayerPlace& place)
        : inside_(step.inside, place), shortcut_(step.shortcut, place), relu_(step.relu) {}

    torch::Tensor forward(torch::Tensor in, const LayerPass& pass) const override {
        auto sum = inside_.forward(in, pass).add_(shortcut_.forward(in, pass));
        return relu_ ? sum.relu_() : sum;
    }

    bool has_backward() const override { return inside_.has_backward() && shortcut_.has_backward(); }
    torch::Tensor backward(const torch::Tensor& in, const torch::Tensor& out,
                           torch::Tensor gradient) const override {
        if (relu_)
            at::threshold_backward_out(gradient, gradient, out, 0);
        const auto inner = inside_.backward(in, gradient.clone());
        return shortcut_.backward(in, std::move(gradient)).add_(inner);
    }

    Shape out(Shape in) const override { return inside_.out(in); }
    int stride() const override { return inside_.stride(); }
    int around(int behind) const override {
        return std::max(shortcut_.around(behind), inside_.around(behind));
    }
    std::int64_t least_side(std::int64_t behind) const override {
        return std::max(shortcut_.least_side(behind), inside_.least_side(behind));
    }
    bool divides(std::int64_t& length) const override { return inside_.divides(length); }
    LayerCost cost(Shape in) const override {
        auto cost = inside_.cost(in);
        const auto beside = shortcut_.cost(in);
        const double out = this->out(in).values();
        cost.operations += beside.operations;
        cost.widest = std::max(std::max(cost.widest, beside.widest) + in.values(), 2 * out);
        // With the gradient of the sum, or that of the other way.
        cost.transient = std::max(cost.transient + inside_.kept(in), beside.transient + shortcut_.kept(in)) +
                         std::max(in.values(), out);
        return cost;
    }
    bool has_norms() const override { return inside_.has_norms() || shortcut_.has_norms(); }

  private:
    Sequence inside_, shortcut_; // an empty shortcut is the input itself
    bool relu_;
};

} // namespace

LayerPointer layer_of(const ResidualStep& step, const LayerPlace& place) {
    return std::make_shared<ResidualLayer>(step, place);
}

} // namespace neural_style
