// SPDX-License-Identifier: GPL-3.0-or-later
/// Brings a painting that was made from a reduced photo up to the photo's size, with the photo's edges.
///
///     const Samples small = reduced(photo, {1000, 750});
///     guided_upsampling(paint(small), small, photo);
#pragma once

#include "scaled_plane.hpp"

#include <neural_style/samples.hpp>

namespace neural_style {

/// Each pixel is the mean of those that it covers, weighted by overlap, in the picture's own samples. `size`:
/// no side longer than the picture's.
Samples reduced(SamplesView picture, PlaneSize size);

/// The photo becomes the painting at its size, in its samples. `guide` is the photo as it was painted, of the
/// painting's size.
///
/// After the guided filter (He, Sun, Tang 2010, equations 5 and 6): around each place of the small pictures
/// the painting is nearly a linear function of the photo's brightness, whose slopes are found there and apply
/// to the large photo. Other than the filter, this adds only what the large photo has and the reduced one has
/// not: the painting is enlarged smoothly, and its strokes stay. So a photo that was only reduced comes back
/// as it was, and where the photo tells nothing the painting is just enlarged.
void guided_upsampling(SamplesView painting, SamplesView guide, Samples& photo);

} // namespace neural_style
