// SPDX-License-Identifier: GPL-3.0-or-later
/// What a layer that we painted remembers, brought back for another painting.
///
///     if (auto recalled = recall_painting(hosts, config, mine); !recalled)
///         return recalled.error();
#pragma once

#include "gimp_host.hpp"
#include "style_folder.hpp"

#include <libgimp/gimp.h>
#include <vector>

namespace neural_style::plugin {

/// Puts the settings and styles of the painted layer that the first host stands for into the config, and lets
/// the only host stand for the layer that it was painted from. A style's file is looked for by its name among
/// the user's own, a layer by its name in all open images; where there is none, `style` stays as it is.
/// Errors, translated: invalid_request for several layers, a layer that was not painted by us, and an
/// original that is gone.
Result<void> recall_painting(std::vector<GimpHost>& hosts, GimpProcedureConfig* config,
                             const StyleFolder& mine);

} // namespace neural_style::plugin
