// SPDX-License-Identifier: GPL-3.0-or-later
/// Our own layer effect among the effects of a drawable.
///
///     if (shows_painting_effect(drawable))
///         hide_painting_effects(drawable);
#pragma once

#include <libgimp/gimp.h>

namespace neural_style::plugin {

/// The operation's name in GEGL.
inline constexpr const char* painting_effect = "neural-style:paint";

/// Whether one is visible, not counting those of layers in a group: what is seen is a painting already.
bool shows_painting_effect(GimpDrawable* drawable);

/// As the eyes in GIMP's list of effects do. No undo step: GIMP has none for them.
void hide_painting_effects(GimpDrawable* drawable);

/// Undo brings them back.
void remove_painting_effects(GimpDrawable* drawable);

} // namespace neural_style::plugin
