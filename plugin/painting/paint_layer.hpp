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
#include "style_choice.hpp"

#include <neural_style/error.hpp>
#include <neural_style/settings.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace neural_style::plugin {

struct LayerStyle {
    StyleChoice picture;
    std::optional<int> region = {}; ///< mask of its region; none: everywhere
};

/// Everything the user chose. Drawables are identified by the editor's ids.
struct LayerJob {
    Settings settings;
    std::vector<LayerStyle> styles;       ///< 1 to `SettingsRange::styles_max`
    std::filesystem::path styles_folder;  ///< of the bundled paintings
    std::optional<int> protect = {};      ///< mask
    std::optional<int> refine = {};       ///< a finished painting
    std::uint64_t memory_limit = 0;       ///< bytes; 0: the limit that the engine was started with
    int snapshot_every = 0;               ///< steps; 0: none
    std::filesystem::path snapshots = {}; ///< folder; used with `snapshot_every`
    std::filesystem::path losses = {};    ///< table file; empty: none
    bool snapshot_layers = false; ///< snapshots become layers too; every 25 steps by default
    double feather = 0;           ///< softens regions and protection, in pixels
    Output output = Output::new_layer;
};

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

/// Settings that paint the area as it would come out within its layer: strokes and size limit refer to the
/// layer, but the engine sees only the area.
Settings settings_for_area(const Settings& settings, const Content& content);

} // namespace neural_style::plugin
