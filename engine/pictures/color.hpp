// SPDX-License-Identifier: GPL-3.0-or-later
/// Whose colours and whose fine brightness a painting has: pictures [1, 3, height, width], sRGB 0..1, changed
/// in bands of rows, so that a large one needs no second copy, and a request to stop (Failure(cancelled)) is
/// seen between two of them.
///
///     keep_colors(painting, content);                  // in place
///     auto recolored = with_palette(content, palette_map(content, {{style}}));
#pragma once

#include "palette.hpp"

#include <neural_style/settings.hpp>

#include <optional>
#include <stop_token>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// Gives `painting`, in place, the content's colours: lightness (OKLab) stays, hue and chroma come from
/// `content` (after Gatys et al. 2017, section 4.2, luminance-only transfer), with less chroma only where
/// sRGB has none that light. Strokes that differed in colour alone differ in lightness instead. Both have the
/// same size; where they are equal nothing changes.
void keep_colors(torch::Tensor& painting, const torch::Tensor& content, const std::stop_token& stop = {});

/// The same with the colours that `palette` makes of the content's.
void harmonize(torch::Tensor& painting, const torch::Tensor& content, const PaletteMap& palette,
               const std::stop_token& stop = {});

/// A picture whose colours are wanted, and its share beside the others.
struct PaletteSource {
    torch::Tensor picture;
    double share = 1;
};

/// From the content's palette to the styles'. With a strength below 1 it goes that share of the way. The
/// pictures may differ in size.
PaletteMap palette_map(const torch::Tensor& content, const std::vector<PaletteSource>& styles,
                       double strength = 1);

/// The content recoloured. No strokes.
torch::Tensor with_palette(const torch::Tensor& content, const PaletteMap& palette,
                           const std::stop_token& stop = {});

/// Puts the content's fine luma, what a blur of about 1/400 of the side takes away, in the place of the
/// painting's, in place: where the content has such detail, and by `share`, 0..1. Both have the same size.
void keep_detail(torch::Tensor& painting, const torch::Tensor& content, double share,
                 const std::stop_token& stop = {});

/// Whether `finish` does anything.
bool finishes(const Settings& settings);

/// The content's details and colours in a painting, in place, as the settings want them. Both have the same
/// size. `palette` is for `Colors::harmony`.
void finish(torch::Tensor& painting, const torch::Tensor& content, const Settings& settings,
            const std::optional<PaletteMap>& palette, const std::stop_token& stop);

} // namespace neural_style
