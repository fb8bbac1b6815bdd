// SPDX-License-Identifier: GPL-3.0-or-later
// A separate ReLU, where no preceding layer has absorbed it.
#include "layer.hpp"

namespace neural_style {

namespace {

class ReluLayer final : public Layer {
  public:
    torch::Tensor forward(torch::Tensor in, const LayerPass&) const override { return in.relu(); }

    bool has_backward() const override { return true; }
    bool backward_reads_input() const override { return false; }
    torch::Tensor backward(const torch::Tensor&, const torch::Tensor& out,
                           torch::Tensor gradient) const override {
        at::threshold_backward_out(gradient, gradient, out, 0);
        return gradient;
    }
};

} // namespace

LayerPointer layer_of(const ReluStep&, const LayerPlace&) {
    return std::make_shared<ReluLayer>();
}

} // namespace neural_style
