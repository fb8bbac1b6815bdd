// SPDX-License-Identifier: GPL-3.0-or-later
// A convolution with its padding and ReLU.
#include "layer.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace neural_style {

namespace {

class ConvolutionLayer final : public Layer {
  public:
    ConvolutionLayer(const ConvolutionStep& step, const LayerPlace& place)
        : step_(step), margin_(step.border == Border::none ? 0 : step.size / 2) {
        if (place.outline)
            return;
        forward_ = Convolution(step.weight, step.bias, place.device, place.type, step.stride, step.groups);
        if (place.backward && (step.stride == 1 || (step.size == 1 && step.groups == 1)))
            backward_ = Convolution(turned(), {}, place.device, place.type, 1, step.groups);
        else if (place.backward)
            strided_ = step.weight.to(place.device, place.type);
    }

    torch::Tensor forward(torch::Tensor in, const LayerPass&) const override {
        if (step_.border != Border::zeros)
            in = padded(in, step_.border, margin_); // the unpadded one is free from here on
        const int zeros = step_.border == Border::zeros ? margin_ : 0;
        auto out = forward_(in, {.zeros = zeros, .relu = step_.relu});
        return step_.limit > 0 ? out.clamp_max_(step_.limit) : out;
    }

    bool has_backward() const override { return true; }
    bool backward_reads_input() const override { return false; }
    torch::Tensor backward(const torch::Tensor& in, const torch::Tensor& out,
                           torch::Tensor gradient) const override {
        if (step_.relu)
            at::threshold_backward_out(gradient, gradient, out, 0);
        if (step_.limit > 0)
            gradient.masked_fill_(out.ge(step_.limit), 0);
        if (step_.stride != 1)
            return step_.size == 1 && step_.groups == 1 ? spread_backward(in, gradient)
                                                        : strided_backward(in, gradient);
        if (step_.border == Border::zeros)
            return backward_(gradient, {.zeros = margin_});
        return padding_gradient(backward_(gradient, {.zeros = step_.size - 1}), step_.border, margin_);
    }

    Shape out(Shape in) const override {
        const auto length = [&](double side) {
            return std::floor((side + 2 * margin_ - step_.size) / step_.stride) + 1;
        };
        return {double(step_.weight.size(0)), length(in.height), length(in.width)};
    }
    int stride() const override { return step_.stride; }
    // Without padding a position sees what lies behind it only.
    int around(int behind) const override { return behind * step_.stride + step_.size - 1 - margin_; }
    std::int64_t least_side(std::int64_t behind) const override {
        return std::max<std::int64_t>((behind - 1) * step_.stride + step_.size - 2 * margin_,
                                      step_.border == Border::reflect ? margin_ + 1 : 1);
    }
    LayerCost cost(Shape in) const override {
        const auto out = this->out(in);
        return {.operations = 2 * double(step_.weight.numel()) * out.height * out.width,
                .widest = in.values() + out.values(),
                // The gradient of the output, that of the padded input, and its unpadded copy.
                .transient = out.values() + 2 * in.values()};
    }

  private:
    // Rotated by 180 degrees, with inputs and outputs of each group exchanged, the weights convolve backward.
    torch::Tensor turned() const {
        const auto& weight = step_.weight;
        const auto out = weight.size(0) / step_.groups, in = weight.size(1);
        return weight.flip({2, 3})
            .view({step_.groups, out, in, step_.size, step_.size})
            .transpose(1, 2)
            .reshape({step_.groups * in, out, step_.size, step_.size});
    }
    // Of `in` only the size matters, here and in the next.
    torch::Tensor spread_backward(const torch::Tensor& in, const torch::Tensor& gradient) const {
        auto result = torch::empty(in.sizes(), gradient.options(), torch::MemoryFormat::ChannelsLast).zero_();
        result.slice(2, 0, std::nullopt, step_.stride)
            .slice(3, 0, std::nullopt, step_.stride)
            .copy_(backward_(gradient, {}));
        return result;
    }
    torch::Tensor strided_backward(const torch::Tensor& in, const torch::Tensor& gradient) const {
        const bool zeros = step_.border == Border::zeros;
        const auto margin = zeros ? std::int64_t(margin_) : 0;
        std::array<std::int64_t, 2>
            left_over{}; // rows and columns that no position of the output saw the end of
        for (const int i : {0, 1})
            left_over[std::size_t(i)] = in.size(2 + i) + (zeros ? 0 : 2 * margin_) -
                                        ((gradient.size(2 + i) - 1) * step_.stride - 2 * margin + step_.size);
        const std::array<std::int64_t, 2> strides{step_.stride, step_.stride}, margins{margin, margin};
        const auto back =
            torch::conv_transpose2d(gradient, strided_, {}, strides, margins, left_over, step_.groups);
        return zeros || step_.border == Border::none ? channels_last(back)
                                                     : padding_gradient(back, step_.border, margin_);
    }

    ConvolutionStep step_;
    int margin_;
    Convolution forward_, backward_;
    torch::Tensor strided_; // the original weight, only with a stride
};

} // namespace

LayerPointer layer_of(const ConvolutionStep& step, const LayerPlace& place) {
    if (step.enlarges)
        return enlarging_layer_of(step, place);
    return std::make_shared<ConvolutionLayer>(step, place);
}

} // namespace neural_style
