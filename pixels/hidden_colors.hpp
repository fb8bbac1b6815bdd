// SPDX-License-Identifier: GPL-3.0-or-later
/// Replaces colours that nobody sees by a smooth continuation of the visible ones.
///
/// A picture may hide anything under full transparency: black, a forgotten background, noise. The engine
/// looks at neighbourhoods, so those colours would bleed into what is visible.
///
///     fill_hidden_colors(photo, alpha);
#pragma once

#include <neural_style/image.hpp>
#include <neural_style/samples.hpp>

#include <span>

namespace neural_style {

/// Below this alpha a pixel is hidden: it rounds to 0 in 8 bits.
inline constexpr float hidden_alpha = 1.0f / 510.0f;

/// Replaces pixels with alpha below `hidden_alpha` and pixels that are not finite numbers. Others stay as
/// they are, to the last bit. `alpha` has one value per pixel; empty: only what is not finite is replaced.
///
/// Push-pull over a pyramid of halved pictures, weighted by alpha (Gortler et al. 1996, "The Lumigraph",
/// section 3.4): linear time for any hole. Where nothing is visible at all: mid-grey.
void fill_hidden_colors(Image& image, std::span<const float> alpha);
/// The same for samples of any kind, which `alpha` must have as well.
void fill_hidden_colors(Samples& image, const Samples& alpha);

} // namespace neural_style
