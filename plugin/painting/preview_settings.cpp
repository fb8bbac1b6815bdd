// SPDX-License-Identifier: GPL-3.0-or-later
#include "preview_settings.hpp"

#include <algorithm>
#include <cmath>

namespace neural_style::plugin {

Settings settings_for_part(const Settings& settings, const PartOfLayer& part) {
    Settings result = settings;
    // Pixels of the finished painting, and of the engine's content, per pixel of the layer.
    const double limited = painted_share(settings, part.layer_width, part.layer_height);
    const int given_longest = std::max(part.width, part.height);
    const double given = double(given_longest) / std::max(part.part.width, part.part.height);
    // If the copy has more pixels than the painting will, the engine is limited as well.
    const double painted = std::min(1.0, limited / given);
    result.size_limit =
        painted < 1 ? std::max(SettingsRange::size_min, int(std::lround(given_longest * painted))) : 0;
    if (painted == 1 && limited == 1 && given == 1)
        result.size_limit = settings.size_limit;

    // The engine scales a style relative to its content; in the layer the style relates to the whole layer.
    // The strokes of trained styles have a fixed size in pixels instead.
    const double layer_side = std::sqrt(double(part.layer_width) * part.layer_height) * given;
    const double beside = settings.trained_style.empty()
                              ? layer_side / std::sqrt(double(part.width) * part.height)
                              : given * painted / limited;
    result.stroke_size = std::clamp(settings.stroke_size * beside, SettingsRange::stroke_size_min,
                                    SettingsRange::stroke_size_max);
    return result;
}

} // namespace neural_style::plugin
