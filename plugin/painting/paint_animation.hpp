// SPDX-License-Identifier: GPL-3.0-or-later
/// Paints the layers of an animation as the frames of a film, through an editor and the engine.
///
///     auto painted = paint_animation(host, animation, engine, job, {.loop = true},
///                                    [](const protocol::Update& update, int frame) { show(update, frame); },
///                                    stop, keep);
#pragma once

#include "animation.hpp"
#include "film.hpp"
#include "paint_layer.hpp"

#include <neural_style/error.hpp>

#include <stop_token>

namespace neural_style::plugin {

/// Paints every frame; `host` reads the job's other pictures, masks over the whole frame. The editor's image
/// is changed only at the very end, in one undo step. Each update comes with the number of its frame; its
/// fraction is that of the whole animation. `keep` ends the work: the frames painted so far go into the
/// image, the others stay as they are; the first frame is kept as far as it is. Holds few frames in memory.
/// `job.refine`, snapshots and tables of losses are not used. Errors, translated: those of the host, the
/// animation and the engine; `cancelled` after a cancellation.
Result<PaintedLayer> paint_animation(Host& host, Animation& animation, EngineClient& engine,
                                     const LayerJob& job, const FilmSettings& film,
                                     const LayerUpdate& update = {}, std::stop_token stop = {},
                                     std::stop_token keep = {});

} // namespace neural_style::plugin
