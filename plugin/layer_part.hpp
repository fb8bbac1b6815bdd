// SPDX-License-Identifier: GPL-3.0-or-later
/// Reads small copies of GIMP's layers for the preview: fast, and in memory that does not grow with the
/// layer.
///
///     auto part = layer_part(layer, {0, 0, 4000, 3000}, 512);
///     if (part)
///         show(part->image, part->alpha);
#pragma once

#include "host.hpp"

#include <neural_style/error.hpp>

#include <libgimp/gimp.h>
#include <string>
#include <vector>

namespace neural_style::plugin {

/// A part of a layer, made smaller where it is larger than asked.
struct LayerPart {
    Area area;   ///< in pixels of the layer
    Image image; ///< hidden colours are filled
    /// One value a pixel of `image`, each empty where everything is visible: the layer's own alpha, and what
    /// will be visible of a painting (selection and layer mask).
    std::vector<float> alpha;
    std::vector<float> mask;
};

/// What will be painted of the layer: all of it, or what the selection needs, context included. Empty when
/// the selection does not touch the layer.
Area painted_area(GimpImage* image, GimpLayer* layer);

/// Longest side at most `longest`. Errors, translated: those of `read_pixels`, bad_picture when it is gone.
Result<LayerPart> layer_part(GimpLayer* layer, const Area& area, int longest);

/// The drawable with that id as a mask over the area of that layer, at that size, its edge softened by
/// `feather` pixels of the layer. Errors, translated: bad_picture.
Result<Mask> mask_over_part(int id, GimpLayer* layer, const Area& area, int width, int height,
                            double feather);

/// The part with its longest side at most `longest`, from its own pixels.
LayerPart shrunk(const LayerPart& part, int longest);

/// What the drawable with that id shows over the part, and the part where it shows nothing. Errors,
/// translated: bad_picture.
Result<Image> picture_over_part(int id, GimpLayer* layer, const LayerPart& part);

/// A text that changes when the selection does, or the layer's own mask or place: what decides which part of
/// a painting is seen. One look of GIMP's at the selection, small, so it can be asked for often.
std::string selection_state(GimpImage* image, GimpLayer* layer);

/// Any drawable as a picture, and how large it is.
struct SmallDrawable {
    Image image;
    int width = 0;
    int height = 0;
    std::string name;
};
Result<SmallDrawable> small_drawable(int id, int longest);

} // namespace neural_style::plugin
