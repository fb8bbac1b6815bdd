// SPDX-License-Identifier: GPL-3.0-or-later
// Layers whose output is added to their input.
#include "sequence.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace neural_style {

namespace {

class ResidualLayer final : public Layer {
  public:
    ResidualLayer(const ResidualStep& step, const LayerPlace& place) : inside_(step.inside, place) {}

    torch::Tensor forward(torch::Tensor in, const LayerPass& pass) const override {
        return inside_.forward(in, pass).add_(in);
    }

    bool has_backward() const override { return inside_.has_backward(); }
    // Outputs of the layers inside are not kept; they are computed again.
    torch::Tensor backward(const torch::Tensor& in, const torch::Tensor&,
                           torch::Tensor gradient) const override {
        std::vector<torch::Tensor> outputs;
        auto features = in;
        for (const auto& layer : inside_.layers())
            outputs.push_back(features = layer->forward(features, {std::stop_token()}));
        auto inner = gradient.clone();
        for (std::size_t i = outputs.size(); i-- > 0;)
            inner = inside_.layers()[i]->backward(i > 0 ? outputs[i - 1] : in, std::exchange(outputs[i], {}),
                                                  std::move(inner));
        return gradient.add_(inner);
    }

    int around(int behind) const override { return inside_.around(behind); }
    std::int64_t least_side(std::int64_t behind) const override {
        return std::max(behind, inside_.least_side(behind));
    }
    bool divides(std::int64_t& length) const override { return inside_.divides(length); }
    LayerCost cost(Shape in) const override {
        auto cost = inside_.cost(in);
        cost.widest = std::max(cost.widest, 2 * in.values());
        for (const auto& layer : inside_.layers()) {
            in = layer->out(in);
            cost.transient += in.values();
        }
        cost.transient += in.values(); // the gradient that bypasses them
        return cost;
    }
    bool has_norms() const override { return inside_.has_norms(); }

  private:
    Sequence inside_;
};

} // namespace

LayerPointer layer_of(const ResidualStep& step, const LayerPlace& place) {
    return std::make_shared<ResidualLayer>(step, place);
}

} // namespace neural_style
