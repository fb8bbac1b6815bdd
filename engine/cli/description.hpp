// SPDX-License-Identifier: GPL-3.0-or-later
/// The command line described for the programs that make its manual page and what shells complete.
#pragma once

#include <string>

namespace neural_style::cli {

/// JSON, one line: `help`, the text of --help, and `commands`, each as `described` in options.hpp has it.
std::string command_line_description();

} // namespace neural_style::cli
