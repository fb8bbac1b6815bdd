// SPDX-License-Identifier: GPL-3.0-or-later
#include "feature_products.hpp"

#include "lanes.hpp"

#include <ATen/Parallel.h>
#include <algorithm>
#include <c10/util/BFloat16.h>
#include <optional>
#include <torch/types.h>
#include <vector>

namespace neural_style {

namespace {

// Channels whose products are summed together: the 16 by 16 sums fill 16 AVX-512 registers.
constexpr std::int64_t block = lane_count;
// Positions whose features are unpacked together: they and their sums fit into the second-level cache.
constexpr std::int64_t positions_at_once = 256;
// Positions summed in float32 before the sum is added in float64.
constexpr std::int64_t positions_in_float32 = 1024;
// Threads work on parts: as many products justify one, and each needs sums of its own.
constexpr std::int64_t least_products = 1 << 19, most_parts = 16;

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
struct AddPositions {
    template <typename Value>
    [[gnu::always_inline]] static void run(Sums& sums, const Value* features, std::int64_t stride,
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
};

template <typename Value>
void add_all(const torch::Tensor& features, const torch::Tensor& weights, torch::Tensor& products,
             torch::Tensor& values) {
    static const auto add =
        widest<AddPositions, Sums&, const Value*, std::int64_t, const float*, std::int64_t>();
    const auto channels = features.size(1), height = features.size(2), width = features.size(3);
    const auto* first = features.const_data_ptr<Value>();
    // The same parts for any number of threads, added in their order: the sums do not depend on it.
    const auto least = std::max(positions_in_float32, least_products / (channels * channels));
    const auto parts = std::clamp<std::int64_t>(height * width / least, 1, std::min(height, most_parts));
    std::vector<std::optional<Sums>> sums(static_cast<std::size_t>(parts));
    at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
        for (auto part = begin; part < end; ++part) {
            auto& here = sums[std::size_t(part)].emplace(channels);
            for (auto y = height * part / parts; y < height * (part + 1) / parts; ++y)
                for (std::int64_t x = 0; x < width; x += positions_at_once)
                    add(here, first + y * features.stride(2) + x * features.stride(3), features.stride(3),
                        weights.defined() ? weights.const_data_ptr<float>() + y * weights.stride(0) + x
                                          : nullptr,
                        std::min(positions_at_once, width - x));
            here.flush();
        }
    });
    auto* all_products = products.data_ptr<double>();
    for (const auto& here : sums) {
        for (std::int64_t i = 0; i < channels; ++i)
            for (std::int64_t j = 0; j < channels; ++j) {
                const bool upper = j / block >= i / block;
                all_products[i * channels + j] +=
                    here->exact_products[std::size_t(upper ? i * channels + j : j * channels + i)];
            }
        for (std::int64_t i = 0; i < channels; ++i)
            values.data_ptr<double>()[i] += here->exact_values[std::size_t(i)];
    }
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
