// SPDX-License-Identifier: GPL-3.0-or-later
/// Settings as arguments of the procedure, made from their table.
///
///     add_setting_arguments(procedure);
///     auto settings = read_settings(config);
#pragma once

#include <neural_style/error.hpp>
#include <neural_style/settings.hpp>

#include <libgimp/gimp.h>

namespace neural_style::plugin {

/// Lists are text, as on the command line: Python cannot set arrays of numbers of GIMP 3.0. A number that
/// need not be there is 0 when it is not.
void add_setting_arguments(GimpProcedure* procedure);

/// Everything but pictures and masks. Errors, translated: invalid_request for a list that is none.
Result<Settings> read_settings(GimpProcedureConfig* config);
/// The reverse.
void write_settings(GimpProcedureConfig* config, const Settings& settings);

} // namespace neural_style::plugin
