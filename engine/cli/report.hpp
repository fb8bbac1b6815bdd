// SPDX-License-Identifier: GPL-3.0-or-later
/// Reports errors, and prints lines for programs.
#pragma once

#include "arguments.hpp"
#include "exit_status.hpp"

#include <neural_style/error.hpp>

#include <nlohmann/json_fwd.hpp>

namespace neural_style::cli {

/// Prints the error as a sentence on standard error, and as a JSON line for programs. Returns the exit
/// status: `exit_stopped` for `cancelled`, else `exit_failed`. `stopped`: the sentence for `cancelled`;
/// nullptr: that nothing was written.
ExitStatus report(const Error& error, Talk talk, const char* stopped = nullptr);

/// One line on standard output.
void print_json(const nlohmann::ordered_json& line);

} // namespace neural_style::cli
