// SPDX-License-Identifier: GPL-3.0-or-later
/// Reports errors to people and programs.
#pragma once

#include "arguments.hpp"
#include "exit_status.hpp"

#include <neural_style/error.hpp>

#include <string>

namespace neural_style::cli {

struct ErrorContext {
    std::string file{};            ///< of several, the one that the error is about
    const char* stopped = nullptr; ///< the sentence for `cancelled`; nullptr: that nothing was written
};

/// Prints the error as a sentence on standard error, and as a JSON line for programs. Returns the exit
/// status: `exit_stopped` for `cancelled`, else `exit_failed`.
ExitStatus report(const Error& error, Talk talk, const ErrorContext& context = {});

} // namespace neural_style::cli
