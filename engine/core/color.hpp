// SPDX-License-Identifier: GPL-3.0-or-later
/// Whose colours and whose fine brightness a painting has: pictures [1, 3, height, width], sRGB 0..1, changed
/// in bands of rows, so that a large one needs no second copy, and a request to stop (Failure(cancelled)) is
/// seen between two of them.
///
///     keep_colors(painting, content);                  // in place
///     auto recolored = with_palette_of(style, content);
#pragma once

#include <neural_style/settings.hpp>

#include <stop_token>
#include <torch/types.h>

namespace neural_style {

/// Gives `painting`, in place, the content's colours: luma (ITU-R BT.601) stays, chroma comes from `content`
/// (Gatys et al. 2017, section 4.2, luminance-only transfer). Both have the same size.
void keep_colors(torch::Tensor& painting, const torch::Tensor& content, const std::stop_token& stop = {});

/// The content with its colours moved linearly so that their mean and covariance become the style's: the
/// Monge-Kantorovitch map of Pitie and Kokaram 2007. No strokes. The pictures may differ in size.
torch::Tensor with_palette_of(const torch::Tensor& content, const torch::Tensor& style,
                              const std::stop_token& stop = {});

/// Puts the content's fine luma, what a blur of about 1/400 of the side takes away, in the place of the
/// painting's, in place: where the content has such detail, and by `share`, 0..1. Both have the same size.
void keep_detail(torch::Tensor& painting, const torch::Tensor& content, double share,
                 const std::stop_token& stop = {});

/// Whether `finish` does anything.
bool finishes(const Settings& settings);

/// The content's details and colours in a painting, in place, as the settings want them. Both have the same
/// size.
void finish(torch::Tensor& painting, const torch::Tensor& content, const Settings& settings,
            const std::stop_token& stop);

} // namespace neural_style
