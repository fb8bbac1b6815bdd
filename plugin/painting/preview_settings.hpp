// SPDX-License-Identifier: GPL-3.0-or-later
/// Adapts settings that refer to a layer to a part of it, or to a smaller copy of that part, so that it is
/// painted as it will look in the layer.
///
///     const auto there = settings_for_part(settings, {.layer_width = 4000, .layer_height = 3000,
///                                                     .part = {0, 0, 4000, 3000}, .width = 512,
///                                                     .height = 384});
#pragma once

#include "host.hpp"

#include <neural_style/settings.hpp>

namespace neural_style::plugin {

/// A part of a layer as sent to the engine.
struct PartOfLayer {
    int layer_width = 0;
    int layer_height = 0;
    Area part;
    int width = 0; ///< of the pixels sent to the engine
    int height = 0;
};

/// Adapts strokes and the size limit; everything else stays.
Settings settings_for_part(const Settings& settings, const PartOfLayer& part);

} // namespace neural_style::plugin
