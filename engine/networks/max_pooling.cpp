// SPDX-License-Identifier: GPL-3.0-or-later
#include "max_pooling.hpp"

#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <algorithm>
#include <torch/types.h>

namespace neural_style {

namespace {

bool is_plain(const torch::Tensor& features) {
    return features.is_cpu() && features.size(0) == 1 &&
           features.is_contiguous(torch::MemoryFormat::ChannelsLast) &&
           (features.scalar_type() == torch::kFloat32 || features.scalar_type() == torch::kBFloat16);
}

// The four values of each pooled position, channel by channel.
template <typename Value, typename Work>
void by_windows(std::int64_t height, std::int64_t width, std::int64_t in_width, std::int64_t channels,
                Work work) {
    const auto grain = std::max<std::int64_t>(1, (1 << 15) / (4 * width * channels));
    at::parallel_for(0, height, grain, [&](std::int64_t top, std::int64_t bottom) {
        for (auto y = top; y < bottom; ++y)
            for (std::int64_t x = 0; x < width; ++x) {
                const auto first = (2 * y * in_width + 2 * x) * channels, below = first + in_width * channels;
                work((y * width + x) * channels, first, first + channels, below, below + channels);
            }
    });
}

// Compares the bits of non-negative values, which the compiler can vectorise; bfloat16 is the upper half of
// float32.
template <typename Value>
using Bits = std::conditional_t<sizeof(Value) == 2, std::int16_t, std::int32_t>;

} // namespace

torch::Tensor max_pooled(const torch::Tensor& features) {
    if (!is_plain(features))
        return torch::max_pool2d(features, 2);
    const auto channels = features.size(1), height = features.size(2) / 2, width = features.size(3) / 2;
    auto result =
        torch::empty({1, channels, height, width}, features.options(), torch::MemoryFormat::ChannelsLast);
    const auto pool = [&]<typename Value>(Value) {
        const auto* in = reinterpret_cast<const Bits<Value>*>(features.const_data_ptr<Value>());
        auto* out = reinterpret_cast<Bits<Value>*>(result.data_ptr<Value>());
        by_windows<Value>(
            height, width, features.size(3), channels, [=](auto to, auto a, auto b, auto c, auto d) {
                for (std::int64_t i = 0; i < channels; ++i)
                    out[to + i] = std::max(std::max(in[a + i], in[b + i]), std::max(in[c + i], in[d + i]));
            });
    };
    if (features.scalar_type() == torch::kFloat32)
        pool(float());
    else
        pool(c10::BFloat16());
    return result;
}

torch::Tensor max_pool_gradient(const torch::Tensor& of_pooled, const torch::Tensor& features) {
    if (!is_plain(features) || !of_pooled.is_contiguous(torch::MemoryFormat::ChannelsLast)) {
        const auto indices = std::get<1>(torch::max_pool2d_with_indices(features, 2));
        return at::max_pool2d_with_indices_backward(of_pooled, features, 2, 2, 0, 1, false, indices);
    }
    const auto channels = features.size(1), height = of_pooled.size(2), width = of_pooled.size(3);
    const bool covered = features.size(2) == 2 * height && features.size(3) == 2 * width;
    auto result = covered ? torch::empty_like(features) : torch::zeros_like(features);
    const auto spread = [&]<typename Value>(Value) {
        const auto* in = reinterpret_cast<const Bits<Value>*>(features.const_data_ptr<Value>());
        const auto* from = reinterpret_cast<const Bits<Value>*>(of_pooled.const_data_ptr<Value>());
        auto* out = reinterpret_cast<Bits<Value>*>(result.data_ptr<Value>());
        by_windows<Value>(
            height, width, features.size(3), channels, [=](auto at, auto a, auto b, auto c, auto d) {
                for (std::int64_t i = 0; i < channels; ++i) {
                    const auto most =
                        std::max(std::max(in[a + i], in[b + i]), std::max(in[c + i], in[d + i]));
                    using Mask = Bits<Value>;
                    const Mask is_a = Mask(-(in[a + i] == most));
                    const Mask is_b = Mask(-(in[b + i] == most) & ~is_a);
                    const Mask is_c = Mask(-(in[c + i] == most) & ~(is_a | is_b));
                    const Mask is_d = Mask(~(is_a | is_b | is_c));
                    const Mask gradient = from[at + i];
                    out[a + i] = Mask(gradient & is_a);
                    out[b + i] = Mask(gradient & is_b);
                    out[c + i] = Mask(gradient & is_c);
                    out[d + i] = Mask(gradient & is_d);
                }
            });
    };
    if (features.scalar_type() == torch::kFloat32)
        spread(float());
    else
        spread(c10::BFloat16());
    return result;
}

} // namespace neural_style
