// SPDX-License-Identifier: GPL-3.0-or-later
// Instance norm that computes its statistics from its input, and its ReLU.
#include "layer.hpp"

#include <utility>

namespace neural_style {

namespace {

class NormLayer final : public Layer {
  public:
    NormLayer(const NormStep& step, const LayerPlace& place)
        : weight_(step.weight.to(place.device)), bias_(step.bias.to(place.device)), relu_(step.relu),
          first_(place.first) {}

    torch::Tensor forward(torch::Tensor in, const LayerPass& pass) const override {
        auto [mean, variance] = channel_moments(in);
        if (first_)
            in = in.clone();
        const auto factor = weight_ * (variance + norm_epsilon).rsqrt();
        scale_channels(in, factor, bias_ - mean * factor, relu_);
        if (pass.measured)
            pass.measured->norms.push_back({std::move(mean), std::move(variance)});
        return in;
    }

    bool has_norms() const override { return true; }

  private:
    torch::Tensor weight_, bias_;
    bool relu_, first_;
};

} // namespace

LayerPointer layer_of(const NormStep& step, const LayerPlace& place) {
    return std::make_shared<NormLayer>(step, place);
}

} // namespace neural_style
