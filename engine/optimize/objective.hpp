// SPDX-License-Identifier: GPL-3.0-or-later
/// What the optimiser minimises: content loss + style loss + total variation, and its gradient to the pixels.
///
///     Objective objective(backbone, StyleLoss::gaussian, {.content = 1, .style = 18, .tv = 2});
///     objective.style_like(style_picture, {{"relu1_1", 0.2}, …}, {}, stop);
///     objective.content_like(content_picture, {{"relu4_2", 1.0}}, stop);
///     Losses losses = objective.evaluate(picture, &gradient, stop);
///
/// Looks at pictures tile by tile where that is asked for; the losses and the gradient are the same.
#pragma once

#include "allocation.hpp"
#include "backbone.hpp"
#include "neighbor_loss.hpp"
#include "style_loss.hpp"
#include "tiling.hpp"

#include <neural_style/losses.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace neural_style {

/// Factors of the three losses; alpha and beta of Gatys et al. 2016, equation 7, and total variation.
struct LossWeights {
    double content = 1;
    double style = 1;
    double tv = 0;
    /// How many times more total variation counts where the colour changes: what is left of differences
    /// between neighbours without their mean over the channels.
    double color_tv = 0;
    double weave = 0; ///< against patterns of two and three pixels along the axes: see `smoothness`
};

/// A layer's name and its share of the loss.
using WeightedLayers = std::vector<std::pair<std::string, double>>;

/// How pictures are looked at.
struct View {
    int tile_side = 0;  ///< pixels, without the halo; 0: the whole picture at once
    bool wraps = false; ///< the picture continues at its opposite border
    /// Of styles, which may be much larger than the painting: at most so large, besides what `tile_side` and
    /// style_tile_side() say.
    int style_tile_side = 0;
    int halo = 0;       ///< pixels around a tile; 0: as many as the network looks at (less gives seams)
    /// What the user should know, an English sentence: memory ran out and the tiles became smaller.
    std::function<void(std::string_view)> on_notice{};
};

/// Shorter sides of tiles would be mostly halo.
constexpr int least_tile_side = 256;

/// `formula`: content 1/2 sum (F - P)^2 (Gatys et al. 2016, equation 1), style per `StyleTarget`, total
/// variation the sum of squared differences of neighbours (Mahendran and Vedaldi 2015, with beta 2).
/// The others: content and total variation are means instead of sums, so that the weights mean the same at
/// every size; neighbours are all eight, so that total variation prefers no direction (beyond the border lies
/// the nearest pixel).
class Objective {
  public:
    Objective(const Backbone& backbone, StyleLoss kind, LossWeights weights, View view = {});

    /// Where a style is wanted, and how much of it.
    struct Place {
        double share = 1;        ///< of the style loss, beside the other styles of that place
        torch::Tensor weights{}; ///< [height, width] of the pictures to come, 0..1; undefined: everywhere
    };
    /// Adds a style, given whole or in parts that are looked at one by one. Styles with the same `weights`
    /// tensor share a place.
    void style_like(const std::vector<torch::Tensor>& parts, const WeightedLayers& layers, const Place& place,
                    const std::stop_token& stop);
    void style_like(const torch::Tensor& style, const WeightedLayers& layers, const Place& place,
                    const std::stop_token& stop) {
        style_like(std::vector{style}, layers, place, stop);
    }
    /// Makes the style count `factor` times as much as before, from the next evaluation on.
    void strengthen_style(double factor) { weights_.style *= factor; }
    void content_like(const torch::Tensor& content, const WeightedLayers& layers,
                      const std::stop_token& stop);

    /// Adds what each place is to look like, of a picture of `target`'s grid; `weight` is that of the mean
    /// over all places, which `strengthen_style` leaves as it is.
    void neighbors_like(NeighborTarget target, double weight);

    /// Losses of a picture [1, 3, height, width], float32, and, where `gradient` is not null, their
    /// derivative in it, contiguous, same shape. When memory runs out, the tiles are halved and it begins
    /// again, down to `least_tile_side`; then the error goes on to the caller.
    Losses evaluate(const torch::Tensor& picture, torch::Tensor* gradient, const std::stop_token& stop);

  private:
    struct StyleTap {
        StyleTarget target;
        double share;
    };
    struct StyleLayer {
        double weight; // the layer's share of the style loss
        std::vector<StyleTap> taps;
    };
    struct Region {
        torch::Tensor weights;
        std::map<int, StyleLayer> layers;
    };
    struct ContentTap {
        torch::Tensor features; // of the whole picture
        double weight;
    };
    // Sums, or gradients in them, of one region by layer.
    using RegionSums = std::map<int, FeatureSums>;
    using RegionGradient = std::map<int, SumsGradient>;

    Tiling tiling(const torch::Tensor& picture, int deepest) const;
    int halo(int deepest) const;
    Tiling style_tiling(const torch::Tensor& style, int deepest) const;
    template <typename Visit>
    void visit_tiles(const torch::Tensor& picture, const Tiling& cut, int deepest,
                     const std::stop_token& stop, Visit visit) const;
    void after_tile(std::size_t done) const;
    int deepest() const;
    double content_factor(const ContentTap& tap) const;
    torch::Tensor weights_at(const Region& region, const Tile& tile, int layer) const;
    Losses evaluate_once(const torch::Tensor& picture, torch::Tensor* gradient,
                         const std::stop_token& stop) const;
    RegionGradient compare(const Region& region, const RegionSums& sums, const torch::Tensor& picture,
                           double& loss) const;
    template <typename Work>
    void with_smaller_tiles_if_needed(const torch::Tensor& picture, Work work);

    const Backbone* backbone_;
    StyleLoss kind_;
    LossWeights weights_;
    View view_;
    std::vector<Region> regions_;
    std::map<int, ContentTap> content_taps_; // by layer
    std::optional<NeighborTarget> neighbors_;
    double neighbors_weight_ = 0;
    AddressReserve reserve_;
};

} // namespace neural_style
