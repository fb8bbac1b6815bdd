// SPDX-License-Identifier: GPL-3.0-or-later
#include "enlarging_convolution.hpp"

#include "layer.hpp"

#include <ATen/Parallel.h>
#include <cstring>

namespace neural_style {

namespace {

class EnlargingConvolution final : public Layer {
  public:
    EnlargingConvolution(const ConvolutionStep& step, const LayerPlace& place)
        : channels_(double(step.weight.size(0))), weights_(double(step.weight.numel())), relu_(step.relu) {
        if (!place.outline)
            convolution_ =
                Convolution(enlarging_kernel(step.weight), step.bias.repeat({4}), place.device, place.type);
    }

    // Whether mirrored or repeated, what surrounds the enlarged input is the border of the small one.
    torch::Tensor forward(torch::Tensor in, const LayerPass&) const override {
        in = padded(in, Border::replicate, 1);
        in = convolution_(in, {.relu = relu_});
        return spread(in);
    }

    Shape out(Shape in) const override { return {channels_, 2 * in.height, 2 * in.width}; }
    int enlargement() const override { return 2; }
    int around(int behind) const override { return (behind + 1 + 1) / 2; }
    std::int64_t least_side(std::int64_t behind) const override { return (behind + 1) / 2; }
    LayerCost cost(Shape in) const override {
        const auto out = this->out(in);
        return {.operations = 2 * out.height * out.width * weights_ * 4 / 9,
                .widest = in.values() + out.values()};
    }

  private:
    double channels_, weights_;
    bool relu_;
    Convolution convolution_;
};

} // namespace

torch::Tensor enlarging_kernel(const torch::Tensor& weight) {
    const auto out = weight.size(0), in = weight.size(1);
    // [phase, place in the window, weight]: how much each of the three weights counts there.
    const auto folding = torch::tensor({{{1., 1., 0.}, {0., 0., 1.}}, {{1., 0., 0.}, {0., 1., 1.}}});
    const auto folds = folding.to(torch::kFloat32);
    auto kernel = torch::einsum("pyk,qxl,oikl->pqoiyx", {folds, folds, weight.to(torch::kFloat32)});
    return kernel.reshape({4 * out, in, 2, 2});
}

torch::Tensor spread(const torch::Tensor& corners) {
    if (!corners.is_cpu())
        return spread_anywhere(corners);
    const auto count = corners.size(0), channels = corners.size(1) / 4;
    const auto height = 2 * (corners.size(2) - 1), width = 2 * (corners.size(3) - 1);
    auto out =
        torch::empty({count, channels, height, width}, corners.options(), torch::MemoryFormat::ChannelsLast);
    const auto bytes = std::size_t(channels) * corners.element_size();
    const auto row_bytes = 4 * bytes * std::size_t(width / 2 + 1);
    const auto* from = static_cast<const char*>(corners.const_data_ptr());
    auto* to = static_cast<char*>(out.data_ptr());
    at::parallel_for(0, count * height, 16, [&](std::int64_t first, std::int64_t end) {
        for (auto i = first; i < end; ++i) {
            const auto y = i % height;
            const auto corner = (i / height) * (height / 2 + 1) + (y + 1) / 2;
            // A corner's two columns are adjacent in both. The first corner has only its second column, the
            // last only its first.
            const char* in = from + std::size_t(corner) * row_bytes + ((y + 1) % 2 ? 2 * bytes : 0);
            char* line = to + std::size_t(i) * std::size_t(width) * bytes;
            std::memcpy(line, in + bytes, bytes);
            for (std::int64_t q = 1; q < width / 2; ++q)
                std::memcpy(line + std::size_t(2 * q - 1) * bytes, in + std::size_t(q) * 4 * bytes,
                            2 * bytes);
            std::memcpy(line + std::size_t(width - 1) * bytes, in + std::size_t(width / 2) * 4 * bytes,
                        bytes);
        }
    });
    return out;
}

torch::Tensor spread_anywhere(const torch::Tensor& corners) {
    const auto count = corners.size(0), channels = corners.size(1) / 4, rows = corners.size(2),
               columns = corners.size(3);
    return channels_last(corners.reshape({count, 2, 2, channels, rows, columns})
                             .permute({0, 3, 4, 1, 5, 2})
                             .reshape({count, channels, 2 * rows, 2 * columns})
                             .narrow(2, 1, 2 * (rows - 1))
                             .narrow(3, 1, 2 * (columns - 1)));
}

LayerPointer enlarging_layer_of(const ConvolutionStep& step, const LayerPlace& place) {
    return std::make_shared<EnlargingConvolution>(step, place);
}

} // namespace neural_style
