// SPDX-License-Identifier: GPL-3.0-or-later
/// Restates settings that are meant for a layer for a part of it, or for a smaller copy of that part, so that
/// it is painted as it will look in the layer.
///
///     const auto there = settings_for_part(settings, {.layer_width = 4000, .layer_height = 3000,
///                                                     .part = {0, 0, 4000, 3000}, .width = 512,
///                                                     .height = 384});
#pragma once

#include "host.hpp"

#include <neural_style/settings.hpp>

namespace neural_style::plugin {

/// A part of a layer as the engine gets it.
struct PartOfLayer {
    int layer_width = 0;
    int layer_height = 0;
    Area part;
    int width = 0; ///< of the part's pixels as the engine gets them
    int height = 0;
};

/// Strokes and the size limit are restated; everything else stays.
Settings settings_for_part(const Settings& settings, const PartOfLayer& part);

} // namespace neural_style::plugin
