// SPDX-License-Identifier: GPL-3.0-or-later
/// Colours as people see them: lightness and two axes of colour, whose distances are those of the eye (Björn
/// Ottosson 2020, "A perceptual color space for image processing", with its matrices of 2021-01-25).
///
///     auto lab = to_oklab(picture);
///     lab.narrow(1, 1, 2).mul_(0.5);          // half as colourful, as light and of the same hue
///     auto paler = from_oklab(lab);
#pragma once

#include <torch/types.h>

namespace neural_style {

/// sRGB 0..1, [1, 3, height, width], as lightness (0..1; of a grey about that of CIELAB), a (green to red)
/// and b (blue to yellow), about -0.4..0.4, same shape.
torch::Tensor to_oklab(const torch::Tensor& picture);

/// Where sRGB lacks the colour: [1, 1, height, width], boolean.
torch::Tensor beyond_srgb(const torch::Tensor& lab);

/// The picture, sRGB 0..1. Colours that sRGB lacks come as colourful as it has them at the same lightness and
/// hue. From the share `knee` of that on, 0..1, colours come closer together so that the ones beyond find
/// room: no two become one. At 1 only what sRGB lacks is changed.
torch::Tensor from_oklab(const torch::Tensor& lab, double knee = 1);

} // namespace neural_style
