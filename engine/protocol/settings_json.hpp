// SPDX-License-Identifier: GPL-3.0-or-later
/// Settings as JSON text: in files and presets. Inside a larger text see settings_object.hpp.
///
///     settings_to_json({.stroke_size = 150}) // {"quality":"fine","strength":1.0,"stroke-size":150.0,...}
///     Result<Settings> settings = settings_from_json(R"({"quality": "print"})");
#pragma once

#include <neural_style/error.hpp>
#include <neural_style/settings.hpp>

#include <string>
#include <string_view>

namespace neural_style::protocol {

/// One object on one line. Keys are the names that the PDB and the command line use; all are written but an
/// empty `iterations`. Numbers come back exactly.
std::string settings_to_json(const Settings& settings);

/// The reverse. A missing key takes its default. An unknown key is refused, because whoever wrote it meant
/// another picture than the one that would be painted. Types and choices are checked here, ranges by
/// neural_style::check. Errors: invalid_request with a sentence that names the key.
Result<Settings> settings_from_json(std::string_view text);

} // namespace neural_style::protocol
