// SPDX-License-Identifier: GPL-3.0-or-later
/// Settings as arguments of the procedure, generated from their table.
///
///     add_setting_arguments(procedure);
///     auto settings = read_settings(config);
#pragma once

#include <neural_style/error.hpp>
#include <neural_style/settings.hpp>

#include <libgimp/gimp.h>
#include <string>
#include <vector>

namespace neural_style::plugin {

/// Lists are text, as on the command line: Python cannot set arrays of numbers in GIMP 3.0. An optional
/// number that is absent is 0.
void add_setting_arguments(GimpProcedure* procedure);

/// Everything but pictures and masks. Errors, translated: invalid_request for an invalid list.
Result<Settings> read_settings(GimpProcedureConfig* config);
/// The inverse.
void write_settings(GimpProcedureConfig* config, const Settings& settings);

/// Writes the settings that the object has properties for. Returns the labels of the others that are not at
/// their defaults, translated, without mnemonics.
std::vector<std::string> write_known_settings(GObject* config, const Settings& settings);

} // namespace neural_style::plugin
