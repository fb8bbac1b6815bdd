// SPDX-License-Identifier: GPL-3.0-or-later
/// Restores what one of our painted layers remembers, for another painting.
///
///     if (auto recalled = recall_painting(hosts, config, mine); !recalled)
///         return recalled.error();
#pragma once

#include "gimp_host.hpp"
#include "style_folder.hpp"

#include <libgimp/gimp.h>
#include <vector>

namespace neural_style::plugin {

/// Copies the settings and styles of the painted layer, the first host's, into the config, and replaces the
/// hosts by one for the layer that it was painted from. A style's file is searched by name among the user's
/// own, a layer by name in all open images; if there is none, `style` does not change. Errors, translated:
/// invalid_request for several layers, a layer that we did not paint, and an original that is gone.
/// original that is gone.
Result<void> recall_painting(std::vector<GimpHost>& hosts, GimpProcedureConfig* config,
                             const StyleFolder& mine);

} // namespace neural_style::plugin
