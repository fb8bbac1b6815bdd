// SPDX-License-Identifier: GPL-3.0-or-later
/// A picture moved along with what a film shows.
///
///     Image here = moved(painting_before, flows.back);
#pragma once

#include "flow.hpp"

#include <neural_style/image.hpp>

namespace neural_style {

/// What `back` leads to in `picture`, for each pixel; beyond its borders the border. Interpolated by Catmull
/// and Rom's cubic (Keys 1981), which never amplifies a wave: what is moved a hundred times gets softer, but
/// has no ringing. Where nothing moves the result is the picture, bit for bit.
Image moved(ImageView picture, const Flow& back);

} // namespace neural_style
