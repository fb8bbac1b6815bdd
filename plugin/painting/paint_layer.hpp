// SPDX-License-Identifier: GPL-3.0-or-later
/// One painting, from reading the layer to inserting the new one, through a host and the engine.
///
///     auto painted = paint_layer(host, engine, {.settings = settings,
///                                               .styles = {{StyleName{"starry-night"}}},
///                                               .styles_folder = data / "styles"},
///                                [](const protocol::Update& update) { show(update.fraction); }, stop);
#pragma once

#include "engine_client.hpp"
#include "host.hpp"
#include "layer_job.hpp"

#include <neural_style/error.hpp>

#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace neural_style::plugin {

struct PaintedLayer {
    double seconds = 0; ///< painting time of the engine
    std::string device; ///< for people
    /// The engine's notices, in English, and files that could not be written meanwhile, translated.
    std::vector<std::string> notices;
};

/// Each update comes with the number of the layer, from 0.
using LayerUpdate = std::function<void(const protocol::Update&, int)>;

/// Paints one layer per host, all in one image, with the same job. The image is changed only at the very end,
/// when all paintings exist: they become one undo step, or leave no trace. The engine checks the settings.
/// Errors, translated: those of the host and the engine; `cancelled` after a cancellation. `keep` ends each
/// painting with its current state.
Result<std::vector<PaintedLayer>> paint_layers(std::span<Host* const> hosts, EngineClient& engine,
                                               const LayerJob& job, const LayerUpdate& update = {},
                                               std::stop_token stop = {}, std::stop_token keep = {});
/// The same for one layer.
Result<PaintedLayer> paint_layer(Host& host, EngineClient& engine, const LayerJob& job,
                                 const EngineClient::UpdateCallback& update = {}, std::stop_token stop = {},
                                 std::stop_token keep = {});

} // namespace neural_style::plugin
