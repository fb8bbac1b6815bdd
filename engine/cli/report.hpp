// SPDX-License-Identifier: GPL-3.0-or-later
/// Tells what went wrong, and prints lines for programs.
#pragma once

#include "arguments.hpp"
#include "exit_status.hpp"

#include <neural_style/error.hpp>

#include <nlohmann/json_fwd.hpp>

namespace neural_style::cli {

/// Prints the error as a sentence on standard error, and for programs as a line of JSON too. The answer is
/// the status to end with: `exit_stopped` for `cancelled`, else `exit_failed`.
ExitStatus report(const Error& error, Talk talk);

/// One line on standard output.
void print_json(const nlohmann::ordered_json& line);

} // namespace neural_style::cli
