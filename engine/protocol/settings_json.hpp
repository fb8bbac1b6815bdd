// SPDX-License-Identifier: GPL-3.0-or-later
/// Settings as JSON text, in files and presets. For a part of a larger text see settings_object.hpp.
///
///     settings_to_json({.stroke_size = 150}) // {"quality":"fine","strength":1.0,"stroke-size":150.0,...}
///     Result<Settings> settings = settings_from_json(R"({"quality": "print"})");
#pragma once

#include <neural_style/error.hpp>
#include <neural_style/settings.hpp>

#include <string>
#include <string_view>

namespace neural_style::protocol {

/// One object on one line. Keys are those of the PDB and the command line; an empty `iterations` is omitted.
/// Numbers are exact.
std::string settings_to_json(const Settings& settings);

/// The inverse. A missing key has its default. An unknown key is refused, because its author meant another
/// picture than would be painted. Types and choices are checked here, ranges by neural_style::check. Errors:
/// invalid_request with a sentence that names the key.
Result<Settings> settings_from_json(std::string_view text);

} // namespace neural_style::protocol
