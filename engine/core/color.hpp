// SPDX-License-Identifier: GPL-3.0-or-later
/// Whose colours a painting has: transfers between pictures [1, 3, height, width], sRGB 0..1.
#pragma once

#include <torch/types.h>

namespace neural_style {

/// The painting's lightness with the content's colours: luma (ITU-R BT.601) from `painting`, chroma from
/// `content` (Gatys et al. 2017, section 4.2, luminance-only transfer). Both have the same size.
torch::Tensor with_colors_of(const torch::Tensor& painting, const torch::Tensor& content);

/// The content with its colours moved linearly so that their mean and covariance become the style's: the
/// Monge-Kantorovitch map of Pitie and Kokaram 2007. No strokes. The pictures may differ in size.
torch::Tensor with_palette_of(const torch::Tensor& content, const torch::Tensor& style);

} // namespace neural_style
