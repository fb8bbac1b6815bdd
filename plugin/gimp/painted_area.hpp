// SPDX-License-Identifier: GPL-3.0-or-later
/// Which part of a layer is painted, and whether that has changed.
///
///     const Area area = painted_area(image, layer);
#pragma once

#include "host.hpp"

#include <libgimp/gimp.h>
#include <string>

namespace neural_style::plugin {

/// What will be painted of the layer: all of it, or what the selection needs, context included. Empty when
/// the selection does not touch the layer.
Area painted_area(GimpImage* image, GimpLayer* layer);

/// A text that changes when the selection does, or the layer's own mask or place: what decides which part of
/// a painting is seen. One look of GIMP's at the selection, small, so it can be asked for often.
std::string selection_state(GimpImage* image, GimpLayer* layer);

} // namespace neural_style::plugin
