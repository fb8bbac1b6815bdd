// SPDX-License-Identifier: GPL-3.0-or-later
/// Grain: how much a picture varies over the nearest pixels, as brush hairs and canvas do.
///
/// Network losses leave a painting with too little grain in lightness and up to twice too much in colour,
/// which the network's first layer barely sees. So grain is measured at the end and adjusted to the style's.
///
///     const Grain wanted = grain(style_picture, {}, stop);
///     painting = with_grain(painting, wanted, {.share = 1}, stop);
#pragma once

#include "strip.hpp"

#include <array>
#include <optional>
#include <stop_token>
#include <torch/types.h>

namespace neural_style {

/// Mean squares, in OKLab, of the detail removed by three successive blurs with the B3 spline (1 4 6 4 1) /
/// 16 whose taps are 1, 2 and 4 pixels apart: the algorithme à trous (Holschneider et al. 1989; Starck and
/// Murtagh 2006).
struct Grain {
    static constexpr int octaves = 3;
    std::array<double, octaves> lightness{}; ///< of L; finest first
    std::array<double, octaves> color{};     ///< of a and b together

    /// Adds `share` times another's.
    void add(const Grain& other, double share);
};

struct GrainOptions {
    double share = 1; ///< how far to go towards the wanted grain, 0..1
    torch::Tensor
        where{}; ///< [1, 1, height, width], 0..1: where it is measured and given; undefined: everywhere
    bool wraps = false; ///< the picture continues at its opposite border
    /// Pictures are strips of one, of which several processes keep one each, with at least
    /// `grain_reach` rows around it; none: whole.
    std::optional<Strip> strip{};
    Ranks* ranks = nullptr; ///< those processes
};

/// How many pixels around one count for its grain.
inline constexpr int grain_reach = 2 * ((1 << Grain::octaves) - 1);

/// Of a picture [1, 3, height, width], sRGB 0..1; large pictures are sampled by rows.
Grain grain(const torch::Tensor& picture, const GrainOptions& options, const std::stop_token& stop);

/// The picture with its octaves scaled towards the wanted strength, within bounds: what does not exist cannot
/// be amplified. Samples do not change where `where` is 0, nor anywhere if nothing needs to change. Of a
/// strip only its own rows.
torch::Tensor with_grain(const torch::Tensor& picture, const Grain& wanted, const GrainOptions& options,
                         const std::stop_token& stop);

} // namespace neural_style
