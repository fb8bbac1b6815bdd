// SPDX-License-Identifier: GPL-3.0-or-later
/// Replaces invisible colours by a smooth continuation of the visible ones.
///
/// Full transparency may hide anything: black, a forgotten background, noise. The engine works on
/// neighbourhoods, so those colours would bleed into visible ones.
///
///     fill_hidden_colors(photo, alpha);
#pragma once

#include <neural_style/image.hpp>
#include <neural_style/samples.hpp>

#include <span>

namespace neural_style {

/// A pixel with less alpha is hidden: it rounds to 0 in 8 bits.
inline constexpr float hidden_alpha = 1.0f / 510.0f;

/// Replaces pixels with alpha below `hidden_alpha` and pixels that are not finite. Others stay bit-identical.
/// `alpha` has one value per pixel; empty: only non-finite pixels are replaced.
///
/// Push-pull over a pyramid of halved pictures, weighted by alpha (Gortler et al. 1996, "The Lumigraph",
/// section 3.4): linear time for any hole. If nothing at all is visible: mid-grey.
void fill_hidden_colors(Image& image, std::span<const float> alpha);
/// The same for samples of any type; `alpha` has the same type.
void fill_hidden_colors(Samples& image, const Samples& alpha);

} // namespace neural_style
