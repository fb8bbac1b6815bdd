// SPDX-License-Identifier: GPL-3.0-or-later
/// What the one-pass method knows about a style: the moments of its features at every tap, for any stroke
/// size.
///
///     StyleStatistics statistics;
///     const auto& taps = statistics.of({picture}, hash, 512, {encoder, layers}, stop);   // a StyleFeatures
///     for each layer
///
/// Moments are computed at sides that grow by the root of two and interpolated in between, so another stroke
/// size is free once its neighbours are known. A bounded number is kept, keyed by the picture's content.
#pragma once

#include "feature_matching.hpp"
#include "feature_network.hpp"
#include "shipped_statistics.hpp"
#include "size.hpp"
#include "style_parts.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <stop_token>
#include <string>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// Largest area that is sampled for statistics, in pixels; larger pictures are sampled in parts of this total
/// area.
constexpr double most_statistics_pixels = 1 << 20;

class StyleStatistics {
  public:
    /// The encoder and its layers, in any order.
    struct Taps {
        const FeatureNetwork& encoder;
        std::vector<int> layers;
        int tile_side = 0; ///< process pictures in tiles of that many pixels; 0: whole
    };

    /// `shipped`: the file of `ShippedStatistics`, whose statistics are not computed again. Empty: none.
    explicit StyleStatistics(std::filesystem::path shipped = {}) : shipped_(std::move(shipped)) {}

    /// Features of `style` at size `side` (the root of its area) in pixels, for the taps in their order; what
    /// is not seen weighs nothing. `hash` is its `content_hash`.
    std::shared_ptr<const std::vector<StyleFeatures>> of(const SeenStyle& style, std::uint64_t hash,
                                                         double side, const Taps& taps,
                                                         const std::stop_token& stop);

  private:
    using Moments = std::vector<FeatureMoments>; // of the taps
    struct Level {
        std::uint64_t hash;
        double side;
        std::string taps; // which encoder, type and layers
        std::shared_ptr<const Moments> moments;
    };
    struct Mix {
        std::uint64_t hash;
        double side;
        std::string taps;
        std::shared_ptr<const std::vector<StyleFeatures>> features;
    };

    std::shared_ptr<const Moments> level(const SeenStyle& style, std::uint64_t hash, double side,
                                         const Taps& taps, const std::stop_token& stop);

    ShippedStatistics shipped_;
    std::list<Level> levels_; // most recently used first
    std::list<Mix> mixes_;
};

/// The sides, from `least` to the picture's own, at which statistics are computed; others are interpolated.
std::vector<double> statistics_sides(const torch::Tensor& picture, double least);

/// The largest part of a picture of size `own` that is sampled for statistics at `side`.
Size largest_statistics_part(Size own, double side, const StyleStatistics::Taps& taps);

/// Moments of the style's features at one of those sides, for the taps in their order.
std::vector<FeatureMoments> style_moments(const SeenStyle& style, double side,
                                          const StyleStatistics::Taps& taps, const std::stop_token& stop);

} // namespace neural_style
