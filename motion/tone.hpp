// SPDX-License-Identifier: GPL-3.0-or-later
/// Light and colour over large areas.
///
///     add_tone(painting, moved_before, here, trust);   // the painting follows the light that `here` has
#pragma once

#include <neural_style/image.hpp>

#include <vector>

namespace neural_style {

/// Adds what `to` has over large areas, about a twentieth of the longest side across, and `from` has not.
/// `trust`, from 0 to 1 for each pixel, says where both count, and where it is added. All of one size.
void add_tone(Image& picture, ImageView from, ImageView to, const std::vector<float>& trust);

/// Where `trust` is 0 the picture becomes `here` with the tone that, over large areas around, `picture` has
/// and `from` has not; between, a mixture. All of one size.
void fill_in(Image& picture, ImageView from, ImageView here, const std::vector<float>& trust);

/// What the one has more than the other, of one size.
Image difference(Image one, ImageView other);

} // namespace neural_style
