// SPDX-License-Identifier: GPL-3.0-or-later
#include "feature_products.hpp"

#include <ATen/Parallel.h>
#include <algorithm>
#include <c10/util/BFloat16.h>
#include <mutex>
#include <torch/types.h>
#include <vector>

namespace neural_style {

namespace {

// Channels whose products are summed together: the 16 by 16 sums fill 16 AVX-512 registers.
constexpr std::int64_t block = 16;
// Positions whose features are unpacked together: they and their sums fit into the second-level cache.
constexpr std::int64_t positions_at_once = 256;
// Positions summed in float32 before the sum is added in float64.
constexpr std::int64_t positions_in_float32 = 1024;

// The vectors below never cross a call: all functions that take them are inlined.
#pragma GCC diagnostic ignored "-Wpsabi"
typedef float Lanes __attribute__((vector_size(block * sizeof(float))));
typedef std::uint32_t WideBits __attribute__((vector_size(block * sizeof(std::uint32_t))));
typedef std::uint16_t NarrowBits __attribute__((vector_size(block * sizeof(std::uint16_t))));

// A block of features in float32.
[[gnu::always_inline]] inline Lanes lanes(const float* features) {
    Lanes values;
    __builtin_memcpy(&values, features, sizeof values);
    return values;
}
[[gnu::always_inline]] inline Lanes lanes(const c10::BFloat16* features) {
    NarrowBits bits; // bfloat16 is the upper half of float32
    __builtin_memcpy(&bits, features, sizeof bits);
    // Not std::bit_cast: without such registers it is a function, and where it is not inlined it passes
    // vectors differently.
    return __builtin_bit_cast(Lanes, __builtin_convertvector(bits, WideBits) << 16);
}
[[gnu::always_inline]] inline void store(float* values, const Lanes& lanes) {
    __builtin_memcpy(values, &lanes, sizeof lanes);
}

// The sums of one thread.
struct Sums {
    explicit Sums(std::int64_t channels)
        : channels(channels), unpacked(std::size_t(positions_at_once * channels)), weighted(unpacked.size()),
          products(std::size_t(channels * channels)), values(std::size_t(channels)),
          exact_products(products.size()), exact_values(values.size()) {}

    std::int64_t channels;
    std::int64_t positions = 0; // in the float32 sums
    std::vector<float> unpacked, weighted, products, values;
    std::vector<double> exact_products, exact_values;

    void flush() {
        for (std::size_t i = 0; i < products.size(); ++i)
            exact_products[i] += products[i];
        for (std::size_t i = 0; i < values.size(); ++i)
            exact_values[i] += values[i];
        std::ranges::fill(products, 0.0f);
        std::ranges::fill(values, 0.0f);
        positions = 0;
    }
};

// Adds `count` positions, whose features are `stride` values apart. Skips the lower half of the blocks.
template <typename Value>
[[gnu::always_inline]] inline void add_positions(Sums& sums, const Value* features, std::int64_t stride,
                                                 const float* weights, std::int64_t count) {
    const auto channels = sums.channels;
    float* const unpacked = sums.unpacked.data();
    float* const weighted = weights ? sums.weighted.data() : unpacked;
    for (std::int64_t c = 0; c < channels; c += block) {
        Lanes total = lanes(sums.values.data() + c);
        for (std::int64_t p = 0; p < count; ++p) {
            const Lanes here = lanes(features + p * stride + c);
            store(unpacked + p * channels + c, here);
            if (weights) {
                const Lanes scaled = here * weights[p];
                store(weighted + p * channels + c, scaled);
                total += scaled;
            } else {
                total += here;
            }
        }
        store(sums.values.data() + c, total);
    }
    for (std::int64_t i = 0; i < channels; i += block)
        for (std::int64_t j = i; j < channels; j += block) {
            Lanes here[block] = {};
            for (std::int64_t p = 0; p < count; ++p) {
                const Lanes right = lanes(unpacked + p * channels + j);
                const float* left = weighted + p * channels + i;
                for (std::int64_t k = 0; k < block; ++k)
                    here[k] += left[k] * right;
            }
            for (std::int64_t k = 0; k < block; ++k)
                for (std::int64_t l = 0; l < block; ++l)
                    sums.products[std::size_t((i + k) * channels + j + l)] += here[k][l];
        }
    sums.positions += count;
    if (sums.positions >= positions_in_float32)
        sums.flush();
}

template <typename Value>
using AddPositions = void (*)(Sums&, const Value*, std::int64_t, const float*, std::int64_t);

template <typename Value>
void add_plainly(Sums& sums, const Value* features, std::int64_t stride, const float* weights,
                 std::int64_t count) {
    add_positions(sums, features, stride, weights, count);
}

#if defined(__x86_64__)
template <typename Value>
[[gnu::target("avx512f,avx512bw,avx512vl,fma")]] void
add_with_avx512(Sums& sums, const Value* features, std::int64_t stride, const float* weights,
                std::int64_t count) {
    add_positions(sums, features, stride, weights, count);
}
template <typename Value>
[[gnu::target("avx2,fma")]] void add_with_avx2(Sums& sums, const Value* features, std::int64_t stride,
                                               const float* weights, std::int64_t count) {
    add_positions(sums, features, stride, weights, count);
}
#endif

template <typename Value>
AddPositions<Value> fastest() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        return add_with_avx512<Value>;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return add_with_avx2<Value>;
#endif
    return add_plainly<Value>;
}

template <typename Value>
void add_all(const torch::Tensor& features, const torch::Tensor& weights, torch::Tensor& products,
             torch::Tensor& values) {
    static const auto add = fastest<Value>();
    const auto channels = features.size(1), height = features.size(2), width = features.size(3);
    const auto* first = features.const_data_ptr<Value>();
    std::mutex mutex;
    // Half a million products justify a second thread.
    const auto grain = std::max<std::int64_t>(1, (1 << 19) / (width * channels * channels));
    at::parallel_for(0, height, grain, [&](std::int64_t top, std::int64_t bottom) {
        Sums sums(channels);
        for (auto y = top; y < bottom; ++y)
            for (std::int64_t x = 0; x < width; x += positions_at_once)
                add(sums, first + y * features.stride(2) + x * features.stride(3), features.stride(3),
                    weights.defined() ? weights.const_data_ptr<float>() + y * weights.stride(0) + x : nullptr,
                    std::min(positions_at_once, width - x));
        sums.flush();
        const std::scoped_lock lock(mutex);
        auto* all_products = products.data_ptr<double>();
        for (std::int64_t i = 0; i < channels; ++i)
            for (std::int64_t j = 0; j < channels; ++j) {
                const bool upper = j / block >= i / block;
                all_products[i * channels + j] +=
                    sums.exact_products[std::size_t(upper ? i * channels + j : j * channels + i)];
            }
        for (std::int64_t i = 0; i < channels; ++i)
            values.data_ptr<double>()[i] += sums.exact_values[std::size_t(i)];
    });
}

} // namespace

bool feature_products_apply(const torch::Tensor& features) {
    return features.is_cpu() && features.size(1) % block == 0 && features.stride(1) == 1 &&
           (features.scalar_type() == torch::kFloat32 || features.scalar_type() == torch::kBFloat16);
}

void add_feature_products(const torch::Tensor& features, const torch::Tensor& weights,
                          torch::Tensor& products, torch::Tensor& values) {
    const auto placed = weights.defined() && weights.stride(1) != 1 ? weights.contiguous() : weights;
    if (features.scalar_type() == torch::kBFloat16)
        add_all<c10::BFloat16>(features, placed, products, values);
    else
        add_all<float>(features, placed, products, values);
}

} // namespace neural_style
