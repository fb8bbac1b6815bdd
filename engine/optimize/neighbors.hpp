// SPDX-License-Identifier: GPL-3.0-or-later
/// Finds the most similar place of a style for each place of a picture, without using any too often.
///
///     auto found = nearest_neighbors({.columns = guide, .height = 96, .width = 128, …}, style, {});
///
/// Places are processed in order, and each prefers to continue the matches of its neighbours to the left and
/// above, so that streaks of the style stay whole (Ashikhmin 2001, "Synthesizing natural textures", section
/// 3).
#pragma once

#include <cstdint>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// The positions of a grid that need a match, row by row.
struct Seekers {
    torch::Tensor columns; ///< float32 [height * width, channels]
    torch::Tensor colors;  ///< float32 [height * width, any], like the style's
    int height = 0;
    int width = 0;
    torch::Tensor wanted; ///< bool [height * width]: the others get no match
};

/// The candidates.
struct Sought {
    torch::Tensor columns;  ///< float32 [rows, channels]
    torch::Tensor colors;   ///< float32 [rows, any]
    torch::Tensor position; ///< int64 [rows], ascending: index in the style's grid, row by row
    int height = 0;         ///< of that grid
    int width = 0;
};

/// In units of the cosine.
struct Preferences {
    double color;    ///< penalty for the squared distance of the colours
    double repeated; ///< penalty for being used as often as the average row, and proportionally
    double adjacent; ///< bonus for being adjacent to a neighbour's match in the same direction
};

/// Products of positions and rows computed at once, in floats.
constexpr double most_compared = 1 << 22;

/// The row for each position, int32 [height * width], -1 where none is wanted: the largest cosine of
/// mean-free columns, adjusted by the preferences. On the CPU; the products are computed on the columns'
/// device.
torch::Tensor nearest_neighbors(const Seekers& seekers, const Sought& sought, const Preferences& preferences);

/// `count` of the numbers below `total`, ascending, every subset equally likely; all of them if there are no
/// more. Depends only on the seed.
std::vector<std::int64_t> drawn(std::int64_t total, std::int64_t count, std::uint64_t seed);

} // namespace neural_style
