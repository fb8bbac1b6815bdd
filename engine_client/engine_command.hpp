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

namespace neural_style {

/// Places to look, in order. Command lines are split like in a shell, but no shell runs them.
struct EngineSources {
    std::string setting;                  ///< the argument `engine`; empty: not set
    std::string environment;              ///< NEURAL_STYLE_ENGINE; empty: not set
    std::filesystem::path plug_in_folder; ///< may contain the engine beside the plug-in
    std::filesystem::path bin_folder;     ///< install folder of the engine
};

/// The program and its arguments. One that was found in a folder is asked to share one engine with all that
/// find it; what the user names is started as it is. Errors, translated: engine_lost if no engine is found,
/// invalid_request if a command line cannot be split.
Result<std::vector<std::string>> engine_command(const EngineSources& sources);

} // namespace neural_style
