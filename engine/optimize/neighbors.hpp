// SPDX-License-Identifier: GPL-3.0-or-later
/// Finds for each place of a picture the place of a style that is most like it, without using one too often.
///
///     auto found = nearest_neighbors({.columns = guide, .height = 96, .width = 128, …}, style, {});
///
/// Places are taken in order, and each prefers to go on where its neighbours to the left and above have
/// begun: so streaks of the style stay whole (Ashikhmin 2001, "Synthesizing natural textures", section 3).
#pragma once

#include <cstdint>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// What is looked for: the positions of a grid, row by row.
struct Seekers {
    torch::Tensor columns; ///< float32 [height * width, channels]
    torch::Tensor colors;  ///< float32 [height * width, any], as the style's
    int height = 0;
    int width = 0;
    torch::Tensor wanted; ///< bool [height * width]: the others find nothing
};

/// What there is to be found.
struct Sought {
    torch::Tensor columns;  ///< float32 [rows, channels]
    torch::Tensor colors;   ///< float32 [rows, any]
    torch::Tensor position; ///< int64 [rows], ascending: where in the style's grid, row by row
    int height = 0;         ///< of that grid
    int width = 0;
};

/// In units of the cosine.
struct Preferences {
    double color;    ///< against the squared distance of the colours
    double repeated; ///< against being used as often as each row is on average, and in proportion
    double adjacent; ///< for what lies in the style beside a neighbour's match as the position does
};

/// Float32 positions times rows that are compared at once.
constexpr double most_compared = 1 << 22;

/// The row for each position, int32 [height * width], -1 where nothing is wanted: the greatest cosine of
/// columns less their means, with the preferences. On the CPU; the products are made on the columns' device.
torch::Tensor nearest_neighbors(const Seekers& seekers, const Sought& sought, const Preferences& preferences);

/// `count` of the numbers below `total`, ascending, each set as likely as any other; all where there are not
/// more. The same everywhere for a seed.
std::vector<std::int64_t> drawn(std::int64_t total, std::int64_t count, std::uint64_t seed);

} // namespace neural_style
