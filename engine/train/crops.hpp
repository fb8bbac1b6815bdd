// SPDX-License-Identifier: GPL-3.0-or-later
/// Cuts training crops from photos.
///
///     auto random = random_of(seed, step);
///     auto batch = crops(photos, {.count = 8, .side = 128, .vary = true}, random);
#pragma once

#include "photos.hpp"

#include <cstdint>
#include <random>
#include <torch/types.h>

namespace neural_style {

using Random = std::mt19937_64;

/// The generator for one training step; resuming needs no state but the step's number.
Random random_of(std::uint64_t seed, std::int64_t step);

struct Cut {
    int count = 8;
    int side = 128; ///< pixels
    /// Vary more than place, size and flips: shuffled channels, gamma, contrast, noise, inversion.
    bool vary = false;
    /// Rotate half of the crops by any angle: most edges in photos are parallel to the sides.
    bool turn = false;
};

/// Crops of random training photos, [count, 3, side, side], sRGB 0..1. Smaller photos are enlarged. Errors:
/// Failure(invalid_request) if there are none.
torch::Tensor crops(const Photos& photos, const Cut& cut, Random& random);

/// The centre of a held-out photo, [1, 3, side, side].
torch::Tensor held_out_crop(const Photos& photos, std::size_t index, int side);

} // namespace neural_style
