// SPDX-License-Identifier: GPL-3.0-or-later
/// Gives a picture the palettes of a request's styles, each where its style paints.
///
///     const auto palettes = palettes_of(request, content);
///     auto recolored = with_palettes(content, palettes, stop);
#pragma once

#include "palette.hpp"
#include "size.hpp"

#include <neural_style/engine.hpp>

#include <functional>
#include <stop_token>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// A map of colours, and where it counts.
struct PlacedPalette {
    PaletteMap map;
    torch::Tensor weights{}; ///< [1, 1, height, width] of the content, 0..1; undefined: everywhere
};
using Palettes = std::vector<PlacedPalette>;

/// From the palette of `content` [1, 3, height, width], which has the shape of the request's content, to
/// those of the styles. Each region has the palette of its style, overlapping ones by their shares. What they
/// leave has the palette of the styles without a region.
Palettes palettes_of(const Request& request, const torch::Tensor& content);

/// The same for the content at another size.
Palettes resized(const Palettes& palettes, Size size);

/// The same part of any picture of the content's size.
using PartOf = std::function<torch::Tensor(const torch::Tensor&)>;

/// That part of the content, recoloured. Colours stay where no palette counts.
torch::Tensor recolored(const torch::Tensor& content, const Palettes& palettes, const PartOf& part);

/// All of the content, in bands of rows.
torch::Tensor with_palettes(const torch::Tensor& content, const Palettes& palettes,
                            const std::stop_token& stop);

} // namespace neural_style
