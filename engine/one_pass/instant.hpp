// SPDX-License-Identifier: GPL-3.0-or-later
/// The quality `instant`: any style in one pass. The feature network looks at the content, its deepest
/// features are given the style's statistics and decoded, and so on from tap to tap (Li et al. 2017). The
/// decoder is one chain of blocks, of which each way back takes as many as it needs.
///
///     const auto plan = plan_instant(networks, settings, painting_size, style_sizes);
///     Image painting = paint_instant(networks, plan, input, statistics, reports, stop);
///
/// Coarse to fine: the first stages are small, one for each tap from the deepest on: encode, match there,
/// decode, and the next one looks at what was painted (Li et al. 2017, section 3.4). That lays out large
/// strokes where they are cheap. Each later stage looks at the painting so far, enlarged, with the content's
/// finer detail, and matches at the shallow taps only, on one way through the decoder (as in Chiu and Gurari
/// 2022), which paints strokes of the pixels that are there now.
#pragma once

#include "decoder.hpp"
#include "feature_matching.hpp"
#include "feature_network.hpp"
#include "size.hpp"
#include "style_statistics.hpp"

#include <neural_style/image.hpp>
#include <neural_style/settings.hpp>

#include <cstdint>
#include <functional>
#include <stop_token>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// What a painting looks like beyond its settings. The defaults were chosen by eye, on photos and paintings
/// of different kinds.
struct InstantLook {
    double coarse_side = 384; ///< of the first stage, in pixels; a side is the root of an area
    double step = 3;          ///< most by which a stage's side is larger than that of the stage before it
    int fine_taps = 3;        ///< shallowest taps that later stages go through
    double detail = 1;        ///< how much of the content's finer detail a later stage looks at
    /// In the first stages, how much of what is decoded from each tap, deepest first, has the style's
    /// statistics; the rest are the content's own features: keeps things recognisable. 1 beyond the last.
    std::vector<double> strengths{0.45, 0.45, 0.55, 1, 1};
    /// Deviation of the noise that lies on the content at each size: flat parts have nothing else that
    /// strokes could grow from, and without it the networks' own regular patterns grow.
    double noise = 0.04;
};

/// The two networks, adapted to one device and type.
struct InstantNetworks {
    const FeatureNetwork& encoder;
    const Decoder& decoder;

    /// Layers that the decoder's blocks begin at, deepest first.
    std::vector<int> taps() const;
    /// Pixels around a tile that its own pixels depend on, when decoding begins with that block.
    int halo(std::size_t first_block) const;
    /// Multiplications and additions a pixel, there and back.
    double operations(std::size_t first_block) const;
};

struct InstantStage {
    Size size;
    std::size_t first_block = 0;
    std::size_t matched_taps = 99;   ///< at which features get the style's statistics, from the first one on
    double strength = 1;             ///< of that, times the plan's
    std::vector<double> style_sides; ///< of each style's picture
    int tile_side = 0;               ///< in pixels; 0: the whole at once
    int style_tile_side = 0;         ///< the same while a style's statistics are taken
};

struct InstantPlan {
    std::vector<InstantStage> stages; ///< the last has the painting's size
    InstantLook look;
    Matching how = Matching::covariance;
    double strength = 1;
    bool wraps = false;
    bool texture = false;
    std::uint64_t seed = 0;

    /// What progress is measured by.
    double work(const InstantNetworks& networks) const;
};

InstantPlan plan_instant(const InstantNetworks& networks, const Settings& settings, Size painting,
                         const std::vector<Size>& styles, const InstantLook& look = {});

struct InstantInput {
    struct Style {
        torch::Tensor picture;  ///< [1, 3, height, width]
        std::uint64_t hash = 0; ///< its `content_hash`
        double share = 1;
        torch::Tensor region{}; ///< as for `style_places`
    };
    ImageView content; ///< of the painting's size
    std::vector<Style> styles;
    torch::Tensor protect{};
};

struct InstantReports {
    /// How far it is; after a stage with what it painted, else with an empty picture.
    std::function<void(double fraction, ImageView stage)> on_progress;
};

/// The result is clamped to 0..1. Where the content is protected it is the content itself.
Image paint_instant(const InstantNetworks& networks, const InstantPlan& plan, const InstantInput& input,
                    StyleStatistics& statistics, const InstantReports& reports, const std::stop_token& stop);

} // namespace neural_style
