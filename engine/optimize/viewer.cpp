// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewer.hpp"

#include "style_parts.hpp"

#include <neural_style/formatted.hpp>

#include <torch/types.h>

namespace neural_style {

namespace {

// If memory is scarce it is returned after this many tiles, which takes a few hundredths of their time.
constexpr std::size_t tiles_between_returns = 8;

} // namespace

double gradient_scale(const FeatureNetwork& network, const torch::Tensor& picture) {
    return network.type() == torch::kHalf ? double(picture.numel()) : 1.0;
}

TilingOptions cut_for(const FeatureNetwork& network, int deepest, int side, bool wraps) {
    return {.side = side,
            .halo = network.halo(deepest),
            .stride = network.stride(deepest),
            .wraps = wraps,
            .beyond = network.beyond(deepest)};
}

Tiling Viewer::tiling(const torch::Tensor& picture, const Reach& reach) const {
    auto cut = cut_for(*network_, reach.deepest, view_.tile_side, view_.wraps);
    cut.stride = std::max(cut.stride, reach.stride);
    cut.halo = (std::max(cut.halo, reach.halo) + cut.stride - 1) / cut.stride * cut.stride;
    if (view_.halo > 0)
        cut.halo = view_.halo;
    if (view_.strip) {
        cut.first_own = view_.strip->own_in_kept();
        cut.own_count = view_.strip->count;
    }
    return {width_of(picture), height_of(picture), cut};
}

Tiling Viewer::style_tiling(const torch::Tensor& style, int deepest) const {
    const Size size{width_of(style), height_of(style)};
    const int side =
        smaller_side(smaller_side(view_.tile_side, view_.style_tile_side), style_tile_side(size));
    auto cut = cut_for(*network_, deepest, side);
    if (view_.halo > 0)
        cut.halo = view_.halo;
    return {size.width, size.height, cut};
}

void Viewer::after_tile(std::size_t done) const {
    if (view_.tile_side > 0 && done % tiles_between_returns == 0)
        give_back_kept();
}

bool Viewer::has_smaller_tiles(const torch::Tensor& picture, ErrorCode code) {
    const auto longest = std::max(width_of(picture), height_of(picture));
    const int side = view_.tile_side > 0 ? std::min(view_.tile_side, longest) : longest;
    if (code != ErrorCode::out_of_memory || side / 2 < least_tile_side)
        return false;
    view_.tile_side = side / 2;
    reserve_.release();
    return true;
}

void Viewer::tell_of_smaller_tiles() const {
    if (view_.on_notice)
        view_.on_notice(
            formatted("Memory ran out; the painting goes on in tiles of {} pixels.", view_.tile_side));
}

} // namespace neural_style
