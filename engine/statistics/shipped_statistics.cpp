// SPDX-License-Identifier: GPL-3.0-or-later
#include "shipped_statistics.hpp"

#include "guarded.hpp"
#include "weights_file.hpp"

#include <neural_style/formatted.hpp>

#include <torch/types.h>
#include <utility>

namespace neural_style {

namespace {

constexpr const char* statistics_format = "neural-style-statistics/1";

std::string name_of(std::uint64_t hash, double side, int layer) {
    return formatted("{:016x} {:.2f} {}", hash, side, layer);
}

torch::Tensor upper_triangle(std::int64_t channels) {
    return torch::triu_indices(channels, channels);
}

torch::Tensor packed(const FeatureMoments& moments) {
    const auto at = upper_triangle(moments.mean.size(0));
    return torch::cat({moments.mean, moments.covariance.index({at[0], at[1]})});
}

FeatureMoments unpacked(const torch::Tensor& values, std::int64_t channels) {
    const auto at = upper_triangle(channels);
    const auto exact = values.to(torch::kFloat64);
    auto covariance = torch::empty({channels, channels}, torch::kFloat64);
    const auto triangle = exact.narrow(0, channels, at.size(1));
    covariance.index_put_({at[0], at[1]}, triangle);
    covariance.index_put_({at[1], at[0]}, triangle);
    return {exact.narrow(0, 0, channels).clone(), covariance};
}

} // namespace

std::optional<std::vector<FeatureMoments>> ShippedStatistics::find(std::uint64_t hash, double side,
                                                                   const FeatureNetwork& encoder,
                                                                   const std::vector<int>& layers) {
    if (const auto file = std::exchange(file_, {}); !file.empty())
        if (auto read = guarded([&] { return Weights::read(file); });
            read && read->metadata("format") == statistics_format)
            weights_ = std::move(*read);
    if (!weights_ || weights_->metadata("encoder_hash") != encoder.hash())
        return std::nullopt;
    std::vector<FeatureMoments> moments;
    for (const int layer : layers) {
        const auto name = name_of(hash, side, layer);
        const std::int64_t channels = encoder.channels(layer);
        const auto values = weights_->contains(name) ? weights_->tensor(name) : torch::zeros({0});
        if (values.numel() != channels * (channels + 3) / 2)
            return std::nullopt;
        moments.push_back(unpacked(values, channels));
    }
    return moments;
}

StatisticsFile::StatisticsFile(const FeatureNetwork& encoder) : encoder_hash_(encoder.hash()) {}

void StatisticsFile::add(std::uint64_t hash, double side, const std::vector<int>& layers,
                         const std::vector<FeatureMoments>& moments) {
    for (std::size_t i = 0; i < layers.size(); ++i)
        tensors_[name_of(hash, side, layers[i])] = packed(moments[i]);
}

std::string StatisticsFile::bytes() const {
    return safetensors(tensors_, {{"format", statistics_format}, {"encoder_hash", encoder_hash_}},
                       torch::kFloat32);
}

} // namespace neural_style
