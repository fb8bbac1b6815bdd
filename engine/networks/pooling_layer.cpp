// SPDX-License-Identifier: GPL-3.0-or-later
// One position for each 2 x 2. An odd last row or column is ignored, unless the rest gets a position, too.
#include "layer.hpp"
#include "max_pooling.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

namespace neural_style {

namespace {

class PoolingLayer : public Layer {
  public:
    explicit PoolingLayer(const PoolingStep& step) : step_(step) {}

    bool has_backward() const override { return true; }
    Shape out(Shape in) const override {
        const auto length = [&](double side) {
            const double steps = (side + 2 * step_.padding - step_.size) / 2;
            const double last = step_.rest ? std::ceil(steps) : std::floor(steps);
            // None begins beyond the picture.
            return 2 * last < side + step_.padding ? last + 1 : last;
        };
        return {in.channels, length(in.height), length(in.width)};
    }
    int stride() const override { return 2; }
    // Before a pooling a part is twice as long, and so are its surroundings.
    int around(int behind) const override { return 2 * behind + (step_.size - 2); }
    std::int64_t least_side(std::int64_t behind) const override {
        // The rest gives a position, too, if one row or column of it is there.
        return std::max(1, int(2 * (behind - 1)) + step_.size - step_.padding - (step_.rest ? 1 : 0));
    }

  protected:
    std::array<std::int64_t, 2> size() const { return {step_.size, step_.size}; }
    std::array<std::int64_t, 2> padding() const { return {step_.padding, step_.padding}; }
    static constexpr std::array<std::int64_t, 2> twos{2, 2}, ones{1, 1};

    const PoolingStep step_;
};

class MaxPooling final : public PoolingLayer {
  public:
    using PoolingLayer::PoolingLayer;

    torch::Tensor forward(torch::Tensor in, const LayerPass&) const override {
        if (step_.is_plain())
            return max_pooled(in);
        return torch::max_pool2d(in, size(), twos, padding(), ones, step_.rest);
    }
    torch::Tensor backward(const torch::Tensor& in, const torch::Tensor&,
                           torch::Tensor gradient) const override {
        if (step_.is_plain())
            return max_pool_gradient(gradient, in);
        const auto places =
            std::get<1>(torch::max_pool2d_with_indices(in, size(), twos, padding(), ones, step_.rest));
        return at::max_pool2d_with_indices_backward(gradient, in, size(), twos, padding(), ones, step_.rest,
                                                    places);
    }
};

class AveragePooling final : public PoolingLayer {
  public:
    using PoolingLayer::PoolingLayer;

    torch::Tensor forward(torch::Tensor in, const LayerPass&) const override {
        return torch::avg_pool2d(in, size(), twos, padding(), step_.rest, /*count_include_pad=*/false);
    }
    torch::Tensor backward(const torch::Tensor& in, const torch::Tensor&,
                           torch::Tensor gradient) const override {
        if (step_.is_plain())
            return quarters(in, gradient);
        return at::avg_pool2d_backward(gradient, in, size(), twos, padding(), step_.rest,
                                       /*count_include_pad=*/false, std::nullopt);
    }

  private:
    // Each of the four gets a quarter of the gradient; rows and columns that no position covers get none.
    static torch::Tensor quarters(const torch::Tensor& in, const torch::Tensor& gradient) {
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
        return std::make_shared<MaxPooling>(step);
    return std::make_shared<AveragePooling>(step);
}

} // namespace neural_style
