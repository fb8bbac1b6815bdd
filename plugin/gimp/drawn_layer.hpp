// SPDX-License-Identifier: GPL-3.0-or-later
/// Layers that GIMP 3.2 draws from something else and draws again when that changes: links to picture files,
/// vectors and texts.
///
///     if (is_drawn(item))
///         rasterize(item);
///
/// GIMP 3.0's library lacks the functions, so they are looked up while the plug-in runs; without them no layer
/// counts as drawn.
#pragma once

#include <libgimp/gimp.h>
#include <string>

namespace neural_style::plugin {

/// Whether its pixels come from a file, a path or a text. Not once it was rasterized.
bool is_drawn(GimpItem* item);

/// Makes its pixels its own, as Layer > Rasterize does; nothing happens to any other item. GIMP 3.2.6 lets
/// anybody write into a drawn layer, but draws it again over what was written: after undo and redo, when the
/// file is loaded, when a linked file changes.
void rasterize(GimpItem* item);

/// The file that a drawn layer links to, as it is now: a text that changes with it. Empty without a link.
std::string linked_file(GimpItem* item);

} // namespace neural_style::plugin
