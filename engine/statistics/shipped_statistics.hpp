// SPDX-License-Identifier: GPL-3.0-or-later
/// The file of style statistics that ships with the program: reading and writing.
///
///     ShippedStatistics shipped("data/styles/statistics.safetensors");
///     if (const auto moments = shipped.find(hash, 512, encoder, layers))
///         use(*moments);
///
/// Format: a safetensors file (see weights.hpp) with the metadata `format` and `encoder_hash`, and for each
/// picture, side and layer a float32 tensor "HASH SIDE LAYER" of the features' mean [channels] and then the
/// upper triangle of their covariance, row by row.
#pragma once

#include "feature_matching.hpp"
#include "feature_network.hpp"
#include "weights.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <torch/types.h>
#include <utility>
#include <vector>

namespace neural_style {

constexpr const char* shipped_statistics_name = "statistics.safetensors"; // in the folder of styles

class ShippedStatistics {
  public:
    /// Reads the file on first use; it need not exist.
    explicit ShippedStatistics(std::filesystem::path file) : file_(std::move(file)) {}

    /// Of the picture with that content hash at `side`, for the layers in their order; nothing if the file
    /// lacks it, belongs to another encoder or cannot be read. They are then computed.
    std::optional<std::vector<FeatureMoments>>
    find(std::uint64_t hash, double side, const FeatureNetwork& encoder, const std::vector<int>& layers);

  private:
    std::filesystem::path file_; ///< empty when it has been read
    std::optional<Weights> weights_;
};

/// The writer's side of `ShippedStatistics`.
class StatisticsFile {
  public:
    /// For features of that network.
    explicit StatisticsFile(const FeatureNetwork& encoder);

    /// Of a picture with that content hash at `side`, for the layers in their order.
    void add(std::uint64_t hash, double side, const std::vector<int>& layers,
             const std::vector<FeatureMoments>& moments);
    std::string bytes() const;

  private:
    std::string encoder_hash_;
    std::map<std::string, torch::Tensor> tensors_;
};

} // namespace neural_style
