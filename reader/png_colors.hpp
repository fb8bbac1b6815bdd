// SPDX-License-Identifier: GPL-3.0-or-later
/// A PNG's colour chunks other than its ICC profile, and its number of pictures (PNG, third edition, 11.3.2).
#pragma once

#include "answer.hpp"
#include "color_space.hpp"
#include "source.hpp"

#include <optional>

namespace neural_style::reader {

enum class HighRange { none, pq, hlg };

struct PngColors {
    std::optional<ColorSpace> space = std::nullopt; ///< none: a profile's, or sRGB
    HighRange high_range =
        HighRange::none; ///< transfer function of a high dynamic range, with the primaries `bright`
    Primaries bright = srgb_primaries;
    bool over_profile = false;                    ///< cICP, which overrides an ICC profile
    std::optional<ColorCode> code = std::nullopt; ///< its cICP
    int pictures = 1;                             ///< of an animation
};

/// `grey`: the picture is grey.
PngColors png_colors(const Source& source, bool grey);

} // namespace neural_style::reader
