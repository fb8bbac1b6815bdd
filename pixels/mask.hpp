// SPDX-License-Identifier: GPL-3.0-or-later
/// Reads a GeglBuffer of any format as a mask: one value per pixel, 0 (not here) to 1 (here).
///
///     auto region = read_mask(layer, {.x = 10, .y = 20, .width = 640, .height = 480});
///     if (region)
///         request.styles[1].region = {region->data(), 640, 480};
#pragma once

#include <neural_style/error.hpp>

#include <gegl.h>
#include <vector>

namespace neural_style {

/// Reads `area`, in the buffer's coordinates, top left first; 0 outside the buffer.
///
/// With one component, as in channels, layer masks and grey files: the values as stored. With colours: the
/// pixel's brightness (babl's Y') times alpha. If all visible pixels are equally bright and alpha varies,
/// alpha alone, so that a shape on a transparent layer is a mask whatever its colour. Values are clamped to
/// 0..1, NaN is 0. Errors: invalid_request (empty area), out_of_memory.
Result<std::vector<float>> read_mask(GeglBuffer* buffer, const GeglRectangle& area);

} // namespace neural_style
