// SPDX-License-Identifier: GPL-3.0-or-later
/// The file of statistics that comes with the program: found in it, written to it.
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
    /// The file is looked at when it is first asked for something; it need not exist.
    explicit ShippedStatistics(std::filesystem::path file) : file_(std::move(file)) {}

    /// Of the picture with that content hash at `side`, for the layers in their order; nothing where the file
    /// does not have it, is of another encoder or cannot be read: then it is only computed again.
    std::optional<std::vector<FeatureMoments>>
    find(std::uint64_t hash, double side, const FeatureNetwork& encoder, const std::vector<int>& layers);

  private:
    std::filesystem::path file_; ///< empty when it has been read
    std::optional<Weights> weights_;
};

/// The other side: what `ShippedStatistics` will find.
class StatisticsFile {
  public:
    /// With the features of that network.
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
