// SPDX-License-Identifier: GPL-3.0-or-later
/// `neural-style paint`: reads a photo and a style, paints, writes the painting.
#pragma once

#include "arguments.hpp"
#include "exit_status.hpp"

#include <stop_token>

namespace neural_style::cli {

/// Prints progress and errors. GEGL must be initialised. If `stop` is requested, returns `exit_stopped`
/// within a second, with no file written.
ExitStatus paint(PaintArguments arguments, std::stop_token stop);

} // namespace neural_style::cli
