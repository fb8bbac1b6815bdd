// SPDX-License-Identifier: GPL-3.0-or-later
#include "layer_effect.hpp"

#include "buffer_pixels.hpp"
#include "guided_upsampling.hpp"
#include "hidden_colors.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace neural_style {
namespace {

/// Pixels up to which a layer is painted at its own size, and pixels of the painting of a larger one: Instant
/// then takes a third of a second on two cores, and bringing up a photo of 12 megapixels as long.
constexpr double own_size_most = 1.2e6, bounded_size = 0.6e6;

bool is_seen(const Samples& alpha) {
    if (alpha.empty())
        return true;
    const auto pixels = SamplesView(alpha).pixels();
    for (std::size_t i = 0; i < pixels; ++i)
        if (SamplesView(alpha).at(i) >= hidden_alpha)
            return true;
    return false;
}

} // namespace

PlaneSize painted_size(PlaneSize area, const Settings& settings) {
    const double pixels = double(area.width) * area.height;
    const double share = std::min(pixels > own_size_most ? std::sqrt(bounded_size / pixels) : 1.0,
                                  painted_share(settings, area.width, area.height));
    const auto side = [&](int length) {
        return std::clamp(int(std::lround(length * share)), std::min(length, SettingsRange::size_min),
                          length);
    };
    return {side(area.width), side(area.height)};
}

Result<void> paint_layer_effect(EffectEngine& engine, const LayerEffect& effect, GeglBuffer* input,
                                const GeglRectangle& area, GeglBuffer* output) {
    const auto copy = [&]() -> Result<void> {
        gegl_buffer_copy(input, &area, GEGL_ABYSS_NONE, output, &area);
        return {};
    };
    if (effect.settings.strength == 0 || (effect.style.empty() && needs_style(effect.settings)) ||
        std::min(area.width, area.height) < SettingsRange::size_min ||
        !protocol::size_allowed(area.width, area.height))
        return copy();
    auto content = read_samples(input, area);
    if (!content)
        return std::unexpected(content.error());
    if (!is_seen(content->alpha))
        return copy();
    const PlaneSize size = painted_size({area.width, area.height}, effect.settings);
    const bool smaller = size.width != area.width || size.height != area.height;
    const protocol::NamedPicture given(smaller ? reduced(content->image, size) : std::move(content->image));
    EffectOrder order{.settings = effect.settings, .style = effect.style, .content = given};
    // The size is decided here. Strokes of trained styles have a fixed size in pixels.
    order.settings.size_limit = 0;
    if (!effect.settings.trained_style.empty())
        order.settings.stroke_size =
            std::clamp(effect.settings.stroke_size * size.width / area.width, SettingsRange::stroke_size_min,
                       SettingsRange::stroke_size_max);
    auto painting = engine.paint(order);
    if (!painting)
        return std::unexpected(painting.error());
    if (!smaller)
        return write_pixels(output, area.x, area.y, *painting, content->alpha,
                            {.buffer = input, .x = area.x, .y = area.y});
    // Nothing of it is as it was read.
    guided_upsampling(*painting, *given, content->image);
    return write_samples(output, area.x, area.y, content->image, content->alpha);
}

} // namespace neural_style
