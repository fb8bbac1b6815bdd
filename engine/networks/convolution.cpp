// SPDX-License-Identifier: GPL-3.0-or-later
#include "convolution.hpp"

#include <ATen/core/dispatch/Dispatcher.h>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <torch/types.h>

namespace neural_style {

namespace {

// oneDNN's operations with a fused ReLU, as LibTorch's own compiler calls them: no second pass over the
// output, and a convolution's weights are reordered for oneDNN only once.
using FusedConvolution = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                                    at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, std::int64_t,
                                    std::string_view, c10::List<std::optional<at::Scalar>>,
                                    std::optional<std::string_view>);
using FusedProduct = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                                std::string_view, c10::List<std::optional<at::Scalar>>,
                                std::optional<std::string_view>);

template <typename Signature>
std::optional<c10::TypedOperatorHandle<Signature>> operation(const char* name) {
    const auto schema = c10::Dispatcher::singleton().findSchema({name, ""});
    if (!schema || !at::globalContext().userEnabledMkldnn())
        return std::nullopt;
    try {
        return schema->typed<Signature>();
    } catch (const c10::Error&) { // another LibTorch, another signature
        return std::nullopt;
    }
}

const auto& fused_convolution() {
    static const auto handle = operation<FusedConvolution>("mkldnn::_convolution_pointwise");
    return handle;
}

const auto& fused_product() {
    static const auto handle = operation<FusedProduct>("mkldnn::_linear_pointwise");
    return handle;
}

// What oneDNN needs from a processor for bfloat16. Elsewhere LibTorch refuses these convolutions, and its own
// are slower.
bool onednn_computes_bfloat16() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq");
#else
    return false;
#endif
}

// oneDNN 3.6's convolutions of 1 x 1 divide by zero, and end the process, for some numbers of channels and
// positions; a matrix product for each position does the same.
bool is_product(const torch::Tensor& weight, int groups) {
    return weight.is_cpu() && !weight.is_mkldnn() && weight.size(2) == 1 && weight.size(3) == 1 &&
           groups == 1;
}

// Whether oneDNN has fused operations for them.
bool onednn_computes(torch::Device device, torch::ScalarType type) {
    return device.is_cpu() &&
           (type == torch::kFloat32 || (type == torch::kBFloat16 && onednn_computes_bfloat16()));
}

torch::Tensor product(const torch::Tensor& in, const torch::Tensor& weight, const torch::Tensor& bias,
                      int stride, bool relu) {
    const auto seen =
        stride == 1 ? in : in.slice(2, 0, std::nullopt, stride).slice(3, 0, std::nullopt, stride);
    const auto positions = seen.permute({0, 2, 3, 1}).contiguous();
    const auto matrix = weight.flatten(1);
    torch::Tensor out;
    if (fused_product() && onednn_computes(in.device(), in.scalar_type()))
        out = fused_product()->call(positions, matrix, bias.defined() ? std::optional(bias) : std::nullopt,
                                    relu ? "relu" : "none", c10::List<std::optional<at::Scalar>>(),
                                    std::nullopt);
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
    if (bias.defined())
        bias_ = bias.to(device, type);
    if (is_product(weight_, groups) || !fused_convolution() || !onednn_computes(device, type))
        return;
    const auto reordered = at::mkldnn_reorder_conv2d_weight(weight_.to_mkldnn(), c10::IntArrayRef({0, 0}),
                                                            c10::IntArrayRef({stride, stride}),
                                                            c10::IntArrayRef({1, 1}), groups);
    // oneDNN 3.7 on AMD's family 26 garbles bfloat16 weights whose number of output channels is not a
    // multiple of 16. Its plain convolution, which reorders them on each call, is correct.
    if (torch::equal(reordered.to_dense(type), weight_))
        weight_ = reordered;
}

torch::Tensor Convolution::operator()(const torch::Tensor& in, How how) const {
    const std::array<std::int64_t, 2> padding{how.zeros, how.zeros}, strides{stride_, stride_}, ones{1, 1};
    if (weight_.is_mkldnn())
        return fused_convolution()->call(in, weight_, bias_.defined() ? std::optional(bias_) : std::nullopt,
                                         padding, strides, ones, groups_, how.relu ? "relu" : "none",
                                         c10::List<std::optional<at::Scalar>>(), std::nullopt);
    if (is_product(weight_, groups_))
        return product(in, weight_, bias_, stride_, how.relu);
    const auto out = torch::conv2d(in, weight_, bias_, strides, padding, ones, groups_);
    return how.relu ? out.relu_() : out;
}

} // namespace neural_style
