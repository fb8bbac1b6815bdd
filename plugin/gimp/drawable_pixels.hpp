// SPDX-License-Identifier: GPL-3.0-or-later
/// Reads pixels of what is seen of GIMP's drawables, at full size or small; nothing else does.
///
///     auto photo = drawable_pixels(*seen, {0, 0, 6000, 4000});
///     auto small = drawable_pixels(*seen, {0, 0, 6000, 4000}, {600, 400});
///
/// Small copies are fast, and their memory does not grow with the drawable.
#pragma once

#include "buffer_pixels.hpp"
#include "scaled_plane.hpp"
#include "seen_drawables.hpp"

#include <neural_style/error.hpp>

#include <libgimp/gimp.h>
#include <vector>

namespace neural_style::plugin {

/// That rectangle of the drawable, from the top left of what is seen; transparent or black outside. Without a
/// size, pixel for pixel. Errors, translated: those of `read_samples`.
Result<BufferSamples> drawable_pixels(const SeenDrawable& seen, const GeglRectangle& area,
                                      PlaneSize size = {});

/// The same as a mask. Errors, translated: those of `read_mask`.
Result<std::vector<float>> drawable_mask(const SeenDrawable& seen, const GeglRectangle& area,
                                         PlaneSize size = {});

} // namespace neural_style::plugin
