// SPDX-License-Identifier: GPL-3.0-or-later
/// A painting's colours and fine brightness: pictures [1, 3, height, width], sRGB 0..1. Works in bands of
/// rows, so that a large picture needs no second copy; a request to stop (Failure(cancelled)) takes effect
/// between two bands.
///
///     keep_colors(painting, content);                  // in place
///     auto recolored = with_palette(content, palette_map(content, {{style}}));
#pragma once

#include "palettes.hpp"

#include <neural_style/settings.hpp>

#include <stop_token>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// Gives `painting` the content's colours, in place: lightness (OKLab) stays, hue and chroma come from
/// `content` (after Gatys et al. 2017, section 4.2, luminance-only transfer); chroma is reduced only where
/// sRGB has no such colour at that lightness. Strokes that differed only in colour become different in
/// lightness. Both have the same size; pixels that are equal in both do not change.
void keep_colors(torch::Tensor& painting, const torch::Tensor& content, const std::stop_token& stop = {});

/// The same with the content's colours mapped by `palettes`, which are of its size.
void harmonize(torch::Tensor& painting, const torch::Tensor& content, const Palettes& palettes,
               const std::stop_token& stop = {});

/// A picture that provides colours, and its share among the others.
struct PaletteSource {
    torch::Tensor picture;
    double share = 1;
    torch::Tensor alpha{}; ///< how much of each pixel is seen, [1, 1, height, width]; undefined: all
};

/// The map from the content's palette to the styles'. A strength below 1 goes that share of the way. The
/// pictures may differ in size. `weights` [1, 1, height, width]: how much each pixel of the content counts;
/// undefined: all alike.
PaletteMap palette_map(const torch::Tensor& content, const std::vector<PaletteSource>& styles,
                       double strength = 1, const torch::Tensor& weights = {});

/// The recoloured content, without strokes.
torch::Tensor with_palette(const torch::Tensor& content, const PaletteMap& palette,
                           const std::stop_token& stop = {});

/// Replaces the painting's fine luma (what a blur of about 1/400 of the side removes) by the content's, in
/// place: where the content has such detail, and by `share`, 0..1. Both have the same size.
void keep_detail(torch::Tensor& painting, const torch::Tensor& content, double share,
                 const std::stop_token& stop = {});

/// Whether `finish` does anything.
bool finishes(const Settings& settings);

/// Applies the content's details and colours to a painting, in place, as the settings request. Both have the
/// same size. `palettes`, of that size, are for `Colors::harmony`; without any that changes nothing.
void finish(torch::Tensor& painting, const torch::Tensor& content, const Settings& settings,
            const Palettes& palettes, const std::stop_token& stop);

} // namespace neural_style
