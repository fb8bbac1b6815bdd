// SPDX-License-Identifier: GPL-3.0-or-later
// Each position becomes several, copied or interpolated.
#include "layer.hpp"

#include <array>

namespace neural_style {

namespace {

class UpsamplingLayer final : public Layer {
  public:
    explicit UpsamplingLayer(const UpsamplingStep& step) : step_(step) {}

    torch::Tensor forward(torch::Tensor in, const LayerPass&) const override {
        const std::array<std::int64_t, 2> size{in.size(2) * step_.size, in.size(3) * step_.size};
        return channels_last(step_.smooth ? torch::upsample_bilinear2d(in, size, /*align_corners=*/false)
                                          : torch::upsample_nearest2d(in, size));
    }

    Shape out(Shape in) const override {
        return {in.channels, in.height * step_.size, in.width * step_.size};
    }
    int enlargement() const override { return step_.size; }
    int around(int behind) const override {
        return (behind + step_.size - 1) / step_.size + (step_.smooth ? 1 : 0);
    }
    std::int64_t least_side(std::int64_t behind) const override {
        return (behind + step_.size - 1) / step_.size;
    }

  private:
    UpsamplingStep step_;
};

} // namespace

LayerPointer layer_of(const UpsamplingStep& step, const LayerPlace&) {
    return std::make_shared<UpsamplingLayer>(step);
}

} // namespace neural_style
