// SPDX-License-Identifier: GPL-3.0-or-later
/// Whether what is visible of a painting has changed.
///
///     const std::string state = selection_state(image, layer);
#pragma once

#include <libgimp/gimp.h>
#include <string>
#include <vector>

namespace neural_style::plugin {

/// A text that changes with the selection, the layer's own mask, its offsets, its effects or the image's
/// mode: whatever decides which part of a painting is visible, and what it is made of. Cheap enough for
/// polling: one small picture of the selection, for a layer with effects another one.
std::string selection_state(GimpImage* image, GimpLayer* layer);

/// A text that changes with what is seen of these drawables, which a painting is made of besides its layer,
/// and where they are. Cheap, too: a small picture of each and of its mask.
std::string drawables_state(const std::vector<int>& ids);

} // namespace neural_style::plugin
