// SPDX-License-Identifier: GPL-3.0-or-later
/// The part of a layer to paint, and whether it has changed.
///
///     const Area area = painted_area(image, layer);
#pragma once

#include "host.hpp"

#include <libgimp/gimp.h>
#include <string>

namespace neural_style::plugin {

/// The part to paint: the whole layer, or what the selection needs, context included. Empty if the selection
/// does not touch the layer.
Area painted_area(GimpImage* image, GimpLayer* layer);

/// A text that changes with the selection, the layer's own mask or its offsets: whatever decides which part
/// of a painting is visible. Cheap enough for polling: one small picture of the selection.
std::string selection_state(GimpImage* image, GimpLayer* layer);

} // namespace neural_style::plugin
