// SPDX-License-Identifier: GPL-3.0-or-later
/// The quality `instant`: any style in one pass. The network encodes the content; its deepest features are
/// matched to the style's statistics and decoded, and so on from tap to tap (Li et al. 2017). The decoder is
/// one chain of blocks; each decoding uses as many as it needs.
///
///     const auto plan = plan_instant(networks, settings, painting_size, style_sizes);
///     Image painting = paint_instant(networks, plan, input, statistics, reports, stop);
///
/// Coarse to fine: the first stages are small, one per tap from the deepest on. Each encodes, matches at its
/// tap and decodes; the next one encodes the result (Li et al. 2017, section 3.4). That lays out large
/// strokes where they are cheap. Each later stage takes the enlarged painting plus the content's finer detail
/// and matches only at the shallow taps, in a single decoding (as in Chiu and Gurari 2022), which adds
/// strokes at the new resolution.
#pragma once

#include "convolution.hpp"
#include "decoder.hpp"
#include "feature_matching.hpp"
#include "feature_network.hpp"
#include "size.hpp"
#include "style_statistics.hpp"

#include <neural_style/image.hpp>
#include <neural_style/samples.hpp>
#include <neural_style/settings.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// The look of a painting beyond its settings. The defaults were chosen by eye on photos and paintings of
/// different kinds.
struct InstantLook {
    double coarse_side = 384; ///< of the first stage, in pixels: the root of its area
    double step = 3;          ///< largest ratio of the sides of successive stages
    int fine_taps = 3;        ///< number of shallow taps matched in later stages
    double detail = 1;        ///< weight of the content's finer detail in a later stage
    /// For the first stages, how much of the features decoded from each tap, deepest first, is matched to the
    /// style; the rest are the content's own, which keeps things recognisable. 1 for any further taps.
    std::vector<double> strengths{0.45, 0.45, 0.55, 1, 1};
    /// Deviation of noise added to the content at each size. Without it flat parts have nothing for strokes
    /// to grow from, and the networks' own regular patterns appear.
    double noise = 0.04;
};

/// The two networks, adapted to one device and type.
struct InstantNetworks {
    const FeatureNetwork& encoder;
    const Decoder& decoder;

    /// Layers at which the decoder's blocks begin, deepest first.
    std::vector<int> taps() const;
    /// Pixels around a tile that affect its own pixels when decoding starts with that block.
    int halo(std::size_t first_block) const;
    /// Multiplications and additions per pixel, for encoding and decoding.
    double operations(std::size_t first_block) const;
};

struct InstantStage {
    Size size;
    std::size_t first_block = 0;
    std::size_t matched_taps = 99;   ///< number of taps to match, counting from the first block
    double strength = 1;             ///< of the matching, relative to the plan's strength
    std::vector<double> style_sides; ///< size at which each style's statistics are taken
    int tile_side = 0;               ///< in pixels; 0: whole
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

    /// The unit of progress.
    double work(const InstantNetworks& networks) const;
};

InstantPlan plan_instant(const InstantNetworks& networks, const Settings& settings, Size painting,
                         const std::vector<Size>& styles, const InstantLook& look = {});

struct InstantInput {
    struct Style {
        SeenStyle seen;
        std::uint64_t hash = 0; ///< its `content_hash`
        double share = 1;
        torch::Tensor region{}; ///< as for `style_places`
    };
    SamplesView content; ///< of the painting's size
    std::vector<Style> styles;
    torch::Tensor protect{};
};

struct InstantReports {
    /// The completed share, and the painting after each stage; otherwise an empty picture.
    std::function<void(double fraction, ImageView stage)> on_progress;
};

/// What gives features the style's statistics: for each stage, by block, a convolution of 1 x 1.
using InstantMaps = std::vector<std::map<std::size_t, Convolution>>;

/// The maps that give all of a shot the style's statistics, where frames are painted by that plan.
/// `input.content` is the shot, of any size; a style has no region, and nothing is protected.
InstantMaps maps_of_shot(const InstantNetworks& networks, const InstantPlan& plan, const InstantInput& input,
                         StyleStatistics& statistics, const std::stop_token& stop);

/// The result is clamped to 0..1. Protected parts are the content itself. `maps`, of `maps_of_shot`, take the
/// place of those of the content.
Image paint_instant(const InstantNetworks& networks, const InstantPlan& plan, const InstantInput& input,
                    StyleStatistics& statistics, const InstantReports& reports, const std::stop_token& stop,
                    const InstantMaps* maps = nullptr);

} // namespace neural_style
