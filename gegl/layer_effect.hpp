// SPDX-License-Identifier: GPL-3.0-or-later
/// From a layer's pixels to its painting's, for a live effect: the painting is made at a bounded size, so
/// that nobody waits long, and has the layer's size, precision, colour space and alpha.
///
///     auto painted = paint_layer_effect(engine, {.settings = settings, .style = "waves"}, input, area,
///     output); if (!painted)
///         gegl_buffer_copy(input, &area, GEGL_ABYSS_NONE, output, &area);
#pragma once

#include "effect_engine.hpp"
#include "scaled_plane.hpp"

#include <neural_style/error.hpp>
#include <neural_style/settings.hpp>

#include <gegl.h>
#include <string>

namespace neural_style {

struct LayerEffect {
    Settings settings;
    std::string style;
};

/// The size at which such an area is painted.
PlaneSize painted_size(PlaneSize area, const Settings& settings);

/// Paints `area` of `input` into `output`. What cannot become a painting is copied: without strength or
/// style, an area with a side below `SettingsRange::size_min`, or without visible pixels. Errors, translated:
/// those of `EffectEngine::paint`, out_of_memory; `output` is then unchanged.
Result<void> paint_layer_effect(EffectEngine& engine, const LayerEffect& effect, GeglBuffer* input,
                                const GeglRectangle& area, GeglBuffer* output);

} // namespace neural_style
