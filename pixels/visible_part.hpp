// SPDX-License-Identifier: GPL-3.0-or-later
/// The part of a picture that is seen, for a style: what is transparent tells nothing about it.
///
///     auto style = visible_part(*read_samples(buffer, *gegl_buffer_get_extent(buffer)));
///     if (style.image.empty())
///         return nothing_to_be_seen();
#pragma once

#include "buffer_pixels.hpp"

namespace neural_style {

/// The smallest rectangle with all pixels that are not hidden (see hidden_colors.hpp), so that a picture with
/// transparent surroundings is the same style as without them. The alpha is empty if all of it is opaque.
/// Empty: nothing is seen.
BufferSamples visible_part(BufferSamples pixels);

} // namespace neural_style
