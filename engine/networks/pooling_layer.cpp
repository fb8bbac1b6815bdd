// SPDX-License-Identifier: GPL-3.0-or-later
// One position for each 2 x 2; an odd last row or column is ignored.
#include "layer.hpp"
#include "max_pooling.hpp"

#include <cmath>

namespace neural_style {

namespace {

class PoolingLayer : public Layer {
  public:
    bool has_backward() const override { return true; }
    Shape out(Shape in) const override {
        return {in.channels, std::floor(in.height / 2), std::floor(in.width / 2)};
    }
    int stride() const override { return 2; }
    // Before a pooling a part is twice as long, and so are its surroundings.
    int around(int behind) const override { return 2 * behind; }
    std::int64_t least_side(std::int64_t behind) const override { return 2 * behind; }
};

class MaxPooling final : public PoolingLayer {
  public:
    torch::Tensor forward(torch::Tensor in, const LayerPass&) const override { return max_pooled(in); }
    torch::Tensor backward(const torch::Tensor& in, const torch::Tensor&,
                           torch::Tensor gradient) const override {
        return max_pool_gradient(gradient, in);
    }
};

class AveragePooling final : public PoolingLayer {
  public:
    torch::Tensor forward(torch::Tensor in, const LayerPass&) const override {
        return torch::avg_pool2d(in, 2);
    }
    // Each of the four gets a quarter of the gradient; rows and columns that no position covers get none.
    torch::Tensor backward(const torch::Tensor& in, const torch::Tensor&,
                           torch::Tensor gradient) const override {
        const auto height = gradient.size(2), width = gradient.size(3);
        const bool covered = in.size(2) == 2 * height && in.size(3) == 2 * width;
        auto result = covered ? torch::empty_like(in) : torch::zeros_like(in);
        const auto quarter = gradient * 0.25;
        for (const int y : {0, 1})
            for (const int x : {0, 1})
                result.slice(2, y, 2 * height, 2).slice(3, x, 2 * width, 2).copy_(quarter);
        return result;
    }
};

} // namespace

LayerPointer layer_of(const PoolingStep& step, const LayerPlace&) {
    if (step.maximum)
        return std::make_shared<MaxPooling>();
    return std::make_shared<AveragePooling>();
}

} // namespace neural_style
