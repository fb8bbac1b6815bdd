// SPDX-License-Identifier: GPL-3.0-or-later
/// Runs a network over pictures, whole or in tiles, and in smaller tiles if memory runs out.
///
///     Viewer viewer(network, {.tile_side = 1024});
///     viewer.until_it_fits(picture, [&] {
///         viewer.visit(picture, viewer.tiling(picture, {.deepest = 9}), 9, stop, look);
///     });
#pragma once

#include "allocation.hpp"
#include "feature_network.hpp"
#include "guarded.hpp"
#include "strip.hpp"
#include "tensor.hpp"
#include "tiling.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string_view>
#include <torch/types.h>
#include <utility>

namespace neural_style {

/// How pictures are processed.
struct View {
    int tile_side = 0;  ///< pixels, without the halo; 0: the whole picture at once
    bool wraps = false; ///< the picture continues at its opposite border
    /// Tile side for styles, which may be much larger than the painting: an upper limit besides `tile_side`
    /// and style_tile_side().
    int style_tile_side = 0;
    int halo = 0; ///< pixels around a tile; 0: the network's reach (less gives seams)
    /// Pictures are strips of one, of which several processes keep one each; none: whole.
    std::optional<Strip> strip{};
    Ranks* ranks = nullptr; ///< those processes
    /// For the user, one English sentence: memory ran out and the tiles became smaller.
    std::function<void(std::string_view)> on_notice{};
};

/// The surroundings of a tile's own features that a window must include.
struct Reach {
    int deepest = 0; ///< layer
    int stride = 1;  ///< pixels: tile borders must be multiples of it, besides the network's own stride
    int halo = 0;    ///< pixels, if more than the reach of the tile's own positions of `deepest`
};

/// How pictures are cut for the layers 0..deepest of a network; see TilingOptions.
TilingOptions cut_for(const FeatureNetwork& network, int deepest, int side, bool wraps = false);

/// Factor on gradients of means on their way through the network: they are about one over the number of
/// samples, too small for float16.
double gradient_scale(const FeatureNetwork& network, const torch::Tensor& picture);

class Viewer {
  public:
    Viewer(const FeatureNetwork& network, View view) : network_(&network), view_(std::move(view)) {}

    const FeatureNetwork& network() const { return *network_; }
    const View& view() const { return view_; }

    Tiling tiling(const torch::Tensor& picture, const Reach& reach) const;
    /// For a style picture.
    Tiling style_tiling(const torch::Tensor& style, int deepest) const;

    /// Calls look(tile, layer, features of its window) for every tile and layer.
    template <typename Look>
    void visit(const torch::Tensor& picture, const Tiling& cut, int deepest, const std::stop_token& stop,
               Look look) const {
        std::size_t done = 0;
        for (const auto& tile : cut.tiles()) {
            network_->visit(cut.window(picture, tile), deepest, stop,
                            [&](int layer, const torch::Tensor& features) { look(tile, layer, features); });
            after_tile(++done);
        }
    }
    /// Returns memory to the system now and then if it is scarce; `done`: tiles so far.
    void after_tile(std::size_t done) const;

    /// Runs `work` for a picture; if memory runs out, runs it again with half the tile side, down to
    /// `least_tile_side`. Errors: those of `work`.
    template <typename Work>
    void until_it_fits(const torch::Tensor& picture, Work work) {
        for (;;) {
            try {
                return work();
            } catch (...) {
                if (!has_smaller_tiles(picture, error_in_flight().code))
                    throw;
            }
            tell_of_smaller_tiles();
        }
    }

  private:
    bool has_smaller_tiles(const torch::Tensor& picture, ErrorCode code);
    void tell_of_smaller_tiles() const;

    const FeatureNetwork* network_;
    View view_;
    AddressReserve reserve_;
};

} // namespace neural_style
