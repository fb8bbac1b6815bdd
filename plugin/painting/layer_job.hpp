// SPDX-License-Identifier: GPL-3.0-or-later
/// What the user chose, and everything that the engine is sent for it besides the content.
///
///     auto pictures = JobPictures::read(host, job, *content, {content->area.width, content->area.height});
///     if (pictures)
///         engine.paint(engine_job(job, *content, photo, *pictures));
#pragma once

#include "engine_client.hpp"
#include "host.hpp"
#include "scaled_plane.hpp"
#include "style_choice.hpp"
#include "style_picture.hpp"

#include <neural_style/error.hpp>
#include <neural_style/settings.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
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
    bool snapshot_layers = false;         ///< snapshots become layers too; every 25 steps by default
    double feather = 0;                   ///< softens regions and protection, in pixels
    Output output = Output::new_layer;
};

/// The pictures of a job but for the content.
struct JobPictures {
    std::vector<ReadStyle> styles;
    std::vector<std::optional<protocol::NamedPicture>> regions; ///< one per style
    std::optional<protocol::NamedPicture> protect;
    std::optional<protocol::NamedPicture> refine;
    std::string record; ///< of them, as a JSON object: the beginning of the painted layer's

    /// Masks depend on the content's position, so that is read first. `size`: of the content as sent to the
    /// engine. Errors, translated: invalid_request if the job's styles do not fit together, and those of the
    /// host.
    static Result<JobPictures> read(Host& host, const LayerJob& job, const Content& content, PlaneSize size);
};

/// The engine's job, which refers to `picture` and `pictures`.
EngineJob engine_job(const LayerJob& job, const Content& content, const protocol::NamedPicture& picture,
                     const JobPictures& pictures);

/// The painted layer's record of how it was made, as JSON. `layer_tattoo`: of the layer that it was painted
/// from; 0: there is none any more.
std::string painting_record(const LayerJob& job, const JobPictures& pictures, unsigned layer_tattoo);

/// Settings that paint the area as it would come out within its layer: strokes and size limit refer to the
/// layer, but the engine sees only the area.
Settings settings_for_area(const Settings& settings, const Content& content);

} // namespace neural_style::plugin
