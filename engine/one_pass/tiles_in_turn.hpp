// SPDX-License-Identifier: GPL-3.0-or-later
/// Paints tiles one after the other: on a device that copies while it computes, the next tile is brought
/// there and the last one back meanwhile.
///
///     tiles_in_turn(device, tiling.tiles(), cut, paint, put);
#pragma once

#include "tiling.hpp"
#include "transfers.hpp"

#include <cstdint>
#include <optional>
#include <torch/types.h>
#include <utility>
#include <vector>

namespace neural_style {

inline std::vector<torch::Tensor*> tensors_of(torch::Tensor& tensor) {
    return {&tensor};
}

/// Bytes for the tile that is on its way there and for the result that is on its way back; `side`: of a tile,
/// 0: there is only one.
inline std::uint64_t bytes_on_the_way(torch::Device device, int side, std::uint64_t seen,
                                      std::uint64_t painted) {
    return side > 0 && copies_overlap(device) ? seen + painted : 0;
}

/// cut(tile): what it sees, on the CPU, as something that `tensors_of` knows; paint(seen): a tensor on the
/// device; put(tile, painted): with that tensor on the CPU, in the order of the tiles. `cut` must not depend
/// on what `put` has put.
template <typename Cut, typename Paint, typename Put>
void tiles_in_turn(torch::Device device, const std::vector<Tile>& tiles, Cut cut, Paint paint, Put put) {
    if (tiles.size() == 1 || !copies_overlap(device)) {
        for (const auto& tile : tiles)
            put(tile, paint(cut(tile)).to(torch::kCPU));
        return;
    }
    const Transfers transfers(device);
    auto next = cut(tiles.front());
    auto uploaded = transfers.upload(tensors_of(next));
    std::optional<Transfers::Download> last;
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        transfers.wait_for(uploaded);
        const auto painted = paint(std::exchange(next, {}));
        if (i + 1 < tiles.size()) {
            next = cut(tiles[i + 1]);
            uploaded = transfers.upload(tensors_of(next));
        }
        auto download = transfers.download(painted);
        if (last)
            put(tiles[i - 1], last->ended());
        last.emplace(std::move(download));
    }
    put(tiles.back(), last->ended());
}

} // namespace neural_style
