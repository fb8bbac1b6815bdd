// SPDX-License-Identifier: GPL-3.0-or-later
#include "onednn.hpp"

#include <ATen/core/dispatch/Dispatcher.h>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <torch/types.h>

namespace neural_style::onednn {

namespace {

using Scalars = c10::List<std::optional<at::Scalar>>;
using Convolution = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                               at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, std::int64_t,
                               std::string_view, Scalars, std::optional<std::string_view>);
using Product = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                           std::string_view, Scalars, std::optional<std::string_view>);
using Reorder = at::Tensor(const at::Tensor&, std::optional<c10::SymInt>);

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

const auto& convolution_operation() {
    static const auto handle = operation<Convolution>("mkldnn::_convolution_pointwise");
    return handle;
}

const auto& product_operation() {
    static const auto handle = operation<Product>("mkldnn::_linear_pointwise");
    return handle;
}

const auto& reorder_operation() {
    static const auto handle = operation<Reorder>("mkldnn::_reorder_linear_weight");
    return handle;
}

// What oneDNN needs from a processor for bfloat16. Elsewhere LibTorch refuses these convolutions, and its own
// are slower.
bool computes_bfloat16() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq");
#else
    return false;
#endif
}

std::optional<torch::Tensor> if_defined(const torch::Tensor& tensor) {
    return tensor.defined() ? std::optional(tensor) : std::nullopt;
}

// oneDNN 3.7 garbles bfloat16 weights of convolutions whose number of output channels is not a multiple of
// 16, on AMD's family 26, and with AVX-512 float32 weights of products with more than 32 outputs that are not
// a multiple of
// 64. Plain weights, which are reordered on each call, are computed with correctly.
torch::Tensor unharmed(const torch::Tensor& reordered, const torch::Tensor& weight) {
    return torch::equal(reordered.to_dense(weight.scalar_type()), weight) ? reordered : weight;
}

std::string_view end(bool relu) {
    return relu ? "relu" : "none";
}

} // namespace

bool has_convolutions() {
    return convolution_operation().has_value();
}

bool has_products() {
    return product_operation().has_value();
}

bool computes(torch::Device device, torch::ScalarType type) {
    return device.is_cpu() && (type == torch::kFloat32 || (type == torch::kBFloat16 && computes_bfloat16()));
}

torch::Tensor convolution_weight(const torch::Tensor& weight, int stride, int groups) {
    const auto reordered = at::mkldnn_reorder_conv2d_weight(weight.to_mkldnn(), c10::IntArrayRef({0, 0}),
                                                            c10::IntArrayRef({stride, stride}),
                                                            c10::IntArrayRef({1, 1}), groups);
    return unharmed(reordered, weight);
}

torch::Tensor convolution(const torch::Tensor& in, const torch::Tensor& weight, const torch::Tensor& bias,
                          int zeros, int stride, int groups, bool relu) {
    const std::array<std::int64_t, 2> padding{zeros, zeros}, strides{stride, stride}, ones{1, 1};
    return convolution_operation()->call(in, weight, if_defined(bias), padding, strides, ones, groups,
                                         end(relu), Scalars(), std::nullopt);
}

torch::Tensor product_weight(const torch::Tensor& weight) {
    return reorder_operation() ? unharmed(reorder_operation()->call(weight, std::nullopt), weight) : weight;
}

std::vector<torch::Tensor> product_weights(const torch::Tensor& weights) {
    auto result = weights.unbind();
    // What oneDNN's order is for one, it is for all of that size.
    if (product_weight(result.front()).is_mkldnn())
        for (auto& weight : result)
            weight = reorder_operation()->call(weight, std::nullopt);
    return result;
}

torch::Tensor product(const torch::Tensor& in, const torch::Tensor& weight, const torch::Tensor& bias,
                      bool relu) {
    return product_operation()->call(in, weight, if_defined(bias), end(relu), Scalars(), std::nullopt);
}

} // namespace neural_style::onednn
