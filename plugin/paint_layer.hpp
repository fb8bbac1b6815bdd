// SPDX-License-Identifier: GPL-3.0-or-later
/// One painting from reading the layer to inserting the new one, by way of a host and the engine.
///
///     auto painted = paint_layer(host, engine, {.settings = settings, .style = StyleName{"starry-night"},
///                                               .styles_folder = data / "styles"},
///                                [](const protocol::Update& update) { show(update.fraction); }, stop);
#pragma once

#include "engine_client.hpp"
#include "host.hpp"
#include "style_choice.hpp"

#include <neural_style/error.hpp>
#include <neural_style/settings.hpp>

#include <filesystem>
#include <stop_token>
#include <string>

namespace neural_style::plugin {

/// Everything the user chose.
struct LayerJob {
    Settings settings;
    StyleChoice style;
    std::filesystem::path styles_folder; ///< of the bundled paintings
};

struct PaintedLayer {
    double seconds = 0; ///< that the engine painted
    std::string device; ///< for people
};

/// The host's image is touched only at the very end, when the painting is there. The engine checks the
/// settings. Errors, translated: those of the host and of the engine. Cancelling answers `cancelled`, and
/// nothing is inserted.
Result<PaintedLayer> paint_layer(Host& host, EngineClient& engine, const LayerJob& job,
                                 const EngineClient::UpdateCallback& update = {}, std::stop_token stop = {});

/// The settings for the area alone that paint it as it would come out within its layer: strokes and the size
/// limit are meant for the layer, and the engine sees only the area. The size in pixels is the style
/// picture's.
Settings settings_for_area(const Settings& settings, const Content& content, int style_width,
                           int style_height);

} // namespace neural_style::plugin
