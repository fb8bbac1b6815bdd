// SPDX-License-Identifier: GPL-3.0-or-later
/// `neural-style paint` for several photos: one engine, one reading of the styles, one table at the end.
#pragma once

#include "arguments.hpp"
#include "exit_status.hpp"
#include "reader_process.hpp"

#include <stop_token>

namespace neural_style::cli {

/// Prints what it does and what went wrong. GEGL must have been initialised. A photo that cannot be painted
/// is told, and the others are painted; the status is then `exit_failed`. When `stop` asks for it, ends
/// within a second with `exit_stopped`; every file that is there is whole.
ExitStatus paint_album(PaintArguments arguments, ReaderProcess& reader, std::stop_token stop);

} // namespace neural_style::cli
