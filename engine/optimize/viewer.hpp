// SPDX-License-Identifier: GPL-3.0-or-later
/// Shows pictures to a network, whole or in tiles, and in smaller tiles where memory runs out.
///
///     Viewer viewer(network, {.tile_side = 1024});
///     viewer.until_it_fits(picture, [&] {
///         viewer.visit(picture, viewer.tiling(picture, {.deepest = 9}), 9, stop, look);
///     });
#pragma once

#include "allocation.hpp"
#include "feature_network.hpp"
#include "guarded.hpp"
#include "tensor.hpp"
#include "tiling.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string_view>
#include <torch/types.h>
#include <utility>

namespace neural_style {

/// How pictures are looked at.
struct View {
    int tile_side = 0;  ///< pixels, without the halo; 0: the whole picture at once
    bool wraps = false; ///< the picture continues at its opposite border
    /// Of styles, which may be much larger than the painting: at most so large, besides what `tile_side` and
    /// style_tile_side() say.
    int style_tile_side = 0;
    int halo = 0; ///< pixels around a tile; 0: as many as the network looks at (less gives seams)
    /// What the user should know, an English sentence: memory ran out and the tiles became smaller.
    std::function<void(std::string_view)> on_notice{};
};

/// What a window has to show of the features around a tile's own.
struct Reach {
    int deepest = 0; ///< layer
    int stride = 1;  ///< pixels of whose multiples the tiles' borders have to be, the network's own aside
    int halo = 0;    ///< pixels, where that is more than the tile's own positions of `deepest` look at
};

/// By what gradients of means are multiplied on their way through the network: they are about one over the
/// picture's number of samples, which float16 cannot hold.
double gradient_scale(const FeatureNetwork& network, const torch::Tensor& picture);

class Viewer {
  public:
    Viewer(const FeatureNetwork& network, View view) : network_(&network), view_(std::move(view)) {}

    const FeatureNetwork& network() const { return *network_; }
    const View& view() const { return view_; }

    Tiling tiling(const torch::Tensor& picture, const Reach& reach) const;
    /// Of a style picture.
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
    /// Where memory is scarce, gives it back now and then; `done`: tiles so far.
    void after_tile(std::size_t done) const;

    /// Does `work` on a picture; when memory runs out, again with half the tiles' side, down to
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
