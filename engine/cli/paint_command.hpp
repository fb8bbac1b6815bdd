// SPDX-License-Identifier: GPL-3.0-or-later
/// `neural-style paint`: reads a photo and a style, paints, writes the painting.
#pragma once

#include "arguments.hpp"
#include "exit_status.hpp"
#include "reader_process.hpp"

#include <neural_style/ranks.hpp>

#include <stop_token>

namespace neural_style::cli {

/// Prints what it does and what went wrong. GEGL must have been initialised. When `stop` asks for it, ends
/// within a second with `exit_stopped` and no file written. With `ranks` it is one of several processes that
/// paint together, of which only rank 0 prints and writes.
ExitStatus paint(PaintArguments arguments, ReaderProcess& reader, std::stop_token stop,
                 Ranks* ranks = nullptr);

} // namespace neural_style::cli
