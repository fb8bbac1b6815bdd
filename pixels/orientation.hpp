// SPDX-License-Identifier: GPL-3.0-or-later
/// Turns a picture upright according to its EXIF orientation.
///
///     auto upright = turned_upright(buffer, 6); // taken with the camera turned left
#pragma once

#include "gobject_pointer.hpp"

#include <gegl.h>

namespace neural_style {

/// A new buffer at (0, 0) in the same format, with bit-identical pixels. `orientation` is the value of EXIF
/// tag 0x0112 (CIPA DC-008, 4.6.4 A), 1 to 8; any other value counts as 1, upright.
GObjectPointer<GeglBuffer> turned_upright(GeglBuffer* buffer, int orientation);

} // namespace neural_style
