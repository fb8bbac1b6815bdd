// SPDX-License-Identifier: GPL-3.0-or-later
#include "convolution.hpp"

#include "onednn.hpp"
#include "winograd.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <torch/types.h>
#include <utility>

namespace neural_style {

namespace {

// oneDNN 3.7's convolutions of 1 x 1 divide by zero, and end the process, for some numbers of channels and
// positions; a matrix product for each position does the same.
bool is_product(const torch::Tensor& weight, int groups) {
    return weight.is_cpu() && weight.size(2) == 1 && weight.size(3) == 1 && groups == 1;
}

bool products_are_fused(torch::Device device, torch::ScalarType type) {
    return onednn::has_products() && onednn::computes(device, type);
}

// `matrix` [out, in], reordered where oneDNN computes.
torch::Tensor product(const torch::Tensor& in, const torch::Tensor& matrix, const torch::Tensor& bias,
                      int stride, bool relu) {
    const auto seen =
        stride == 1 ? in : in.slice(2, 0, std::nullopt, stride).slice(3, 0, std::nullopt, stride);
    const auto positions = seen.permute({0, 2, 3, 1}).contiguous();
    torch::Tensor out;
    if (products_are_fused(in.device(), in.scalar_type()))
        out = onednn::product(positions, matrix, bias, relu);
    else if (out = at::linear(positions, matrix, bias); relu)
        out.relu_();
    return out.permute({0, 3, 1, 2});
}

} // namespace

torch::Tensor channels_last(const torch::Tensor& tensor) {
    return tensor.contiguous(torch::MemoryFormat::ChannelsLast);
}

torch::Tensor padded(const torch::Tensor& in, Border border, int by) {
    if (by == 0)
        return in;
    const std::array<std::int64_t, 4> sides{by, by, by, by};
    switch (border) {
    case Border::reflect:
        return torch::reflection_pad2d(in, sides);
    case Border::replicate:
        return torch::replication_pad2d(in, sides);
    case Border::none:
        return in;
    case Border::zeros:
        break;
    }
    return torch::constant_pad_nd(in, sides);
}

torch::Tensor padding_gradient(const torch::Tensor& of_padded, Border border, int by) {
    if (by == 0 || border == Border::none)
        return of_padded;
    auto inner = of_padded;
    for (const int dimension : {2, 3}) {
        const auto last = of_padded.size(dimension) - 1;
        const auto line = [&](std::int64_t at) { return of_padded.narrow(dimension, at, 1); };
        for (std::int64_t i = 0; i < by && border != Border::zeros; ++i) {
            const auto copied = border == Border::reflect ? 2 * by - i : by;
            line(copied).add_(line(i));
            line(last - copied).add_(line(last - i));
        }
        inner = inner.narrow(dimension, by, last + 1 - 2 * by);
    }
    return channels_last(inner);
}

Convolution::Convolution(const torch::Tensor& weight, const torch::Tensor& bias, torch::Device device,
                         torch::ScalarType type, int stride, int groups)
    : weight_(channels_last(weight.to(device, type))), stride_(stride), groups_(groups) {
    if (device.is_cpu() && WinogradConvolution::applies(weight, type, stride, groups))
        winograd_ = std::make_shared<WinogradConvolution>(weight, bias);
    if (bias.defined())
        bias_ = bias.to(device, type);
    if (is_product(weight_, groups)) {
        matrix_ = std::exchange(weight_, {}).flatten(1);
        if (products_are_fused(device, type))
            matrix_ = onednn::product_weight(matrix_);
    } else if (onednn::has_convolutions() && onednn::computes(device, type)) {
        weight_ = onednn::convolution_weight(weight_, stride, groups);
    }
}

torch::Tensor Convolution::operator()(const torch::Tensor& in, How how) const {
    if (winograd_ && winograd_->pays(in))
        return (*winograd_)(in, how.zeros, how.relu);
    if (matrix_.defined())
        return product(in, matrix_, bias_, stride_, how.relu);
    if (weight_.is_mkldnn())
        return onednn::convolution(in, weight_, bias_, how.zeros, stride_, groups_, how.relu);
    const std::array<std::int64_t, 2> padding{how.zeros, how.zeros}, strides{stride_, stride_}, ones{1, 1};
    const auto out = torch::conv2d(in, weight_, bias_, strides, padding, ones, groups_);
    return how.relu ? out.relu_() : out;
}

std::uint64_t Convolution::weight_bytes(const torch::Tensor& weight, torch::Device device,
                                        torch::ScalarType type, int stride, int groups) {
    const auto direct = std::uint64_t(weight.numel()) * torch::elementSize(type);
    const bool both = device.is_cpu() && WinogradConvolution::applies(weight, type, stride, groups);
    return direct + (both ? WinogradConvolution::weight_bytes(weight) : 0);
}

} // namespace neural_style
