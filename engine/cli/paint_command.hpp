// SPDX-License-Identifier: GPL-3.0-or-later
/// `neural-style paint`: reads a photo and a style, paints, writes the painting.
#pragma once

#include "arguments.hpp"
#include "exit_status.hpp"

namespace neural_style::cli {

/// Prints what it does and what went wrong.
ExitStatus paint(PaintArguments arguments);

} // namespace neural_style::cli
