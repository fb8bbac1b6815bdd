// SPDX-License-Identifier: GPL-3.0-or-later
/// Colours in a perceptual space: lightness and two axes of colour, whose distances match the eye's (Björn
/// Ottosson 2020, "A perceptual color space for image processing", with its matrices of 2021-01-25).
///
///     auto lab = to_oklab(picture);
///     lab.narrow(1, 1, 2).mul_(0.5);          // half as colourful, as light and of the same hue
///     auto paler = from_oklab(lab);
#pragma once

#include <torch/types.h>

namespace neural_style {

/// sRGB 0..1, [1, 3, height, width], as lightness (0..1; for greys about that of CIELAB), a (green to red)
/// and b (blue to yellow), about -0.4..0.4, same shape.
torch::Tensor to_oklab(const torch::Tensor& picture);

/// Where the colour lies outside sRGB: [1, 1, height, width], boolean.
torch::Tensor beyond_srgb(const torch::Tensor& lab);

/// The picture, sRGB 0..1. Colours outside sRGB become as colourful as sRGB allows at that lightness and hue.
/// Beyond the share `knee` (0..1) of that limit, colours are compressed to make room for those outside, so no
/// two become equal. With 1, only colours outside sRGB change.
torch::Tensor from_oklab(const torch::Tensor& lab, double knee = 1);

} // namespace neural_style
