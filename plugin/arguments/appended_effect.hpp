// SPDX-License-Identifier: GPL-3.0-or-later
/// Our layer effect on a layer, with the settings and the style of a painting.
///
///     auto left_out = append_effect(layer, job, StyleFolder(user_folder, endings));
#pragma once

#include "layer_job.hpp"
#include "style_folder.hpp"

#include <neural_style/error.hpp>

#include <libgimp/gimp.h>
#include <string>
#include <vector>

namespace neural_style::plugin {

/// Appends the effect in place of those of its kind that the layer has: a painting of a painting is never
/// wanted. A quality other than draft becomes instant. A style of `mine` is kept as its name, so that the
/// image can be opened elsewhere. Returns the labels of what the job has and an effect cannot have,
/// translated and without mnemonics. Errors, translated: invalid_request if the style is a layer, or if GIMP
/// refuses.
Result<std::vector<std::string>> append_effect(GimpLayer* layer, const LayerJob& job,
                                               const StyleFolder& mine);

} // namespace neural_style::plugin
