// SPDX-License-Identifier: GPL-3.0-or-later
/// Cuts what a training looks at out of photos.
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

/// A generator for one step of a training, so that a resumed one needs no state but the step's number.
Random random_of(std::uint64_t seed, std::int64_t step);

struct Cut {
    int count = 8;
    int side = 128; ///< pixels
    /// Besides place, size and flips: shuffled channels, gamma, contrast, noise, inversion.
    bool vary = false;
    /// Half of the crops are turned by any angle: most edges of photos lie along the picture's sides.
    bool turn = false;
};

/// Crops of random training photos, [count, 3, side, side], sRGB 0..1. Photos smaller than that are enlarged.
/// Errors: Failure(invalid_request) when there is none.
torch::Tensor crops(const Photos& photos, const Cut& cut, Random& random);

/// The middle of a held-out photo, [1, 3, side, side].
torch::Tensor held_out_crop(const Photos& photos, std::size_t index, int side);

} // namespace neural_style
