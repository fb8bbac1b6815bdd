// SPDX-License-Identifier: GPL-3.0-or-later
/// Settings as a JSON value within a larger one, so that both are serialised and parsed in one go: on the
/// wire, and in the record of a painted layer.
///
///     head["settings"] = changed_settings(job.settings);
///     Result<Settings> settings = settings_in(head["settings"]);
#pragma once

#include <neural_style/error.hpp>
#include <neural_style/settings.hpp>

#include <nlohmann/json.hpp>

namespace neural_style::protocol {

/// Keys and values are those of settings_json.hpp.
nlohmann::json settings_object(const Settings& settings);
/// The same without defaults, so that the reader need not know those keys.
nlohmann::json changed_settings(const Settings& settings);

/// The inverse of both; rules and errors are those of `settings_from_json`.
Result<Settings> settings_in(const nlohmann::json& object);

} // namespace neural_style::protocol
