// SPDX-License-Identifier: GPL-3.0-or-later
/// Resizes pictures: reduces by averaging, or enlarges.
///
///     const Image content = fit(tiny, 16, 16);
#pragma once

#include "scaled_plane.hpp"

#include <neural_style/image.hpp>
#include <neural_style/samples.hpp>

namespace neural_style::plugin {

/// Each side on its own, so the shape may change.
Image fit(ImageView image, int width, int height);

/// The size with its longest side at most `longest`, each side at least 1.
PlaneSize fitted(PlaneSize size, int longest);

/// Enlarged to the minimal size of an engine's content if necessary.
Image large_enough(Image image);
Samples large_enough(Samples picture);

} // namespace neural_style::plugin
