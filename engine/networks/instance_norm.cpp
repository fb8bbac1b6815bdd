// SPDX-License-Identifier: GPL-3.0-or-later
#include "instance_norm.hpp"

#include "lanes.hpp"

#include <ATen/Parallel.h>
#include <algorithm>
#include <bit>
#include <c10/util/BFloat16.h>
#include <cstdint>
#include <torch/types.h>
#include <vector>

namespace neural_style {

namespace {

// Positions summed in float32 before the sum is added in float64.
constexpr std::int64_t positions_in_float32 = 1024;
// Blocks whose sums a thread takes together.
constexpr std::int64_t blocks_in_part = 16;

[[gnu::always_inline]] inline float wide(float value) {
    return value;
}
[[gnu::always_inline]] inline float wide(std::uint16_t bits) { // bfloat16 is the upper half of float32
    return std::bit_cast<float>(std::uint32_t(bits) << 16);
}
[[gnu::always_inline]] inline void narrow(float& target, float value) {
    target = value;
}
[[gnu::always_inline]] inline void narrow(std::uint16_t& target, float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    target = std::uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16); // to nearest, ties to even
}

struct SumPositions {
    template <typename Value>
    [[gnu::always_inline]] static void run(const Value* features, std::int64_t count, std::int64_t channels,
                                           float* sums, float* squares) {
        for (std::int64_t p = 0; p < count; ++p)
            for (std::int64_t c = 0; c < channels; ++c) {
                const float value = wide(features[p * channels + c]);
                sums[c] += value;
                squares[c] += value * value;
            }
    }
};

struct ScalePositions {
    template <typename Value>
    [[gnu::always_inline]] static void run(Value* features, std::int64_t count, std::int64_t channels,
                                           const float* factor, const float* offset, float least) {
        for (std::int64_t p = 0; p < count; ++p)
            for (std::int64_t c = 0; c < channels; ++c) {
                const float value = wide(features[p * channels + c]) * factor[c] + offset[c];
                narrow(features[p * channels + c], value < least ? least : value);
            }
    }
};

template <typename Value>
std::pair<torch::Tensor, torch::Tensor> moments(const Value* first, std::int64_t positions,
                                                std::int64_t channels) {
    static const auto sum = widest<SumPositions, const Value*, std::int64_t, std::int64_t, float*, float*>();
    const auto blocks = (positions + positions_in_float32 - 1) / positions_in_float32;
    // The same parts for any number of threads, added in their order: the sums do not depend on it.
    const auto parts = (blocks + blocks_in_part - 1) / blocks_in_part;
    struct Part {
        std::vector<double> sums, squares;
    };
    std::vector<Part> of_parts(static_cast<std::size_t>(parts));
    at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
        std::vector<float> values(static_cast<std::size_t>(channels)), value_squares(values.size());
        for (auto part = begin; part < end; ++part) {
            auto& here = of_parts[std::size_t(part)];
            here.sums.resize(values.size());
            here.squares.resize(values.size());
            for (auto block = part * blocks_in_part; block < std::min(blocks, (part + 1) * blocks_in_part);
                 ++block) {
                std::ranges::fill(values, 0.0f);
                std::ranges::fill(value_squares, 0.0f);
                const auto at = block * positions_in_float32;
                sum(first + at * channels, std::min(positions_in_float32, positions - at), channels,
                    values.data(), value_squares.data());
                for (std::size_t c = 0; c < values.size(); ++c) {
                    here.sums[c] += values[c];
                    here.squares[c] += value_squares[c];
                }
            }
        }
    });
    std::vector<double> sums(static_cast<std::size_t>(channels)), squares(sums.size());
    for (const auto& part : of_parts)
        for (std::size_t c = 0; c < sums.size(); ++c) {
            sums[c] += part.sums[c];
            squares[c] += part.squares[c];
        }
    auto mean = torch::empty({channels}), variance = torch::empty({channels});
    for (std::int64_t c = 0; c < channels; ++c) {
        const double m = sums[std::size_t(c)] / double(positions);
        mean.data_ptr<float>()[c] = float(m);
        variance.data_ptr<float>()[c] =
            float(std::max(0.0, squares[std::size_t(c)] / double(positions) - m * m));
    }
    return {mean, variance};
}

template <typename Value>
void scale_all(Value* first, std::int64_t positions, std::int64_t channels, const torch::Tensor& factor,
               const torch::Tensor& offset, bool relu) {
    static const auto scale =
        widest<ScalePositions, Value*, std::int64_t, std::int64_t, const float*, const float*, float>();
    const float least = relu ? 0.0f : -std::numeric_limits<float>::infinity();
    const auto factors = factor.contiguous(), offsets = offset.contiguous();
    at::parallel_for(0, positions, 1024, [&](std::int64_t begin, std::int64_t end) {
        scale(first + begin * channels, end - begin, channels, factors.const_data_ptr<float>(),
              offsets.const_data_ptr<float>(), least);
    });
}

// Whether these loops support such features.
bool loops_apply(const torch::Tensor& features) {
    return features.is_cpu() && features.is_contiguous(torch::MemoryFormat::ChannelsLast) &&
           (features.scalar_type() == torch::kFloat32 || features.scalar_type() == torch::kBFloat16);
}

} // namespace

std::pair<torch::Tensor, torch::Tensor> channel_moments(const torch::Tensor& features) {
    const auto channels = features.size(1);
    const auto positions = features.numel() / channels;
    if (!loops_apply(features)) {
        const auto [variance, mean] =
            torch::var_mean(features.to(torch::kFloat32), {0, 2, 3}, /*unbiased=*/false);
        return {mean, variance};
    }
    if (features.scalar_type() == torch::kBFloat16)
        return moments(reinterpret_cast<const std::uint16_t*>(features.const_data_ptr<c10::BFloat16>()),
                       positions, channels);
    return moments(features.const_data_ptr<float>(), positions, channels);
}

void scale_channels(torch::Tensor& features, const torch::Tensor& factor, const torch::Tensor& offset,
                    bool relu) {
    const auto channels = features.size(1);
    const auto positions = features.numel() / channels;
    if (!loops_apply(features)) {
        const auto each = [&](const torch::Tensor& t) {
            return t.view({1, -1, 1, 1}).to(features.options());
        };
        features.mul_(each(factor)).add_(each(offset));
        if (relu)
            features.relu_();
    } else if (features.scalar_type() == torch::kBFloat16) {
        scale_all(reinterpret_cast<std::uint16_t*>(features.data_ptr<c10::BFloat16>()), positions, channels,
                  factor, offset, relu);
    } else {
        scale_all(features.data_ptr<float>(), positions, channels, factor, offset, relu);
    }
}

} // namespace neural_style
