// SPDX-License-Identifier: GPL-3.0-or-later
/// The endings of the picture files that this GIMP opens, other plug-ins' kinds included.
///
///     for (const auto& ending : openable_endings())
///         offer("*." + ending);
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace neural_style::plugin {

/// Small letters, without the first dot, as "png" or "xcf.gz"; sorted. Empty if GIMP keeps its list
/// elsewhere: then any file may be a picture.
std::vector<std::string> openable_endings();

/// Those in the text of GIMP's file `pluginrc`.
std::vector<std::string> endings_in(std::string_view pluginrc);

} // namespace neural_style::plugin
