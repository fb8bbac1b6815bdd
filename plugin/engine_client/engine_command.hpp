// SPDX-License-Identifier: GPL-3.0-or-later
/// Finds the command line that starts the engine.
///
///     auto command = engine_command({.setting = "ssh workshop neural-style-engine"});
///     if (command)
///         EngineClient engine(*command);
#pragma once

#include <neural_style/error.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace neural_style::plugin {

/// Where to look, first come first served. A command line is split like a shell does, but no shell runs it.
struct EngineSources {
    std::string setting;                  ///< the argument `engine`; empty: not set
    std::string environment;              ///< NEURAL_STYLE_ENGINE; empty: not set
    std::filesystem::path plug_in_folder; ///< may hold the engine beside the plug-in
    std::filesystem::path bin_folder;     ///< where the engine is installed
};

/// The program and its arguments. Errors (translated): engine_lost when no engine is found, invalid_request
/// when a command line cannot be split.
Result<std::vector<std::string>> engine_command(const EngineSources& sources);

} // namespace neural_style::plugin
