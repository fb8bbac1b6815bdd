// SPDX-License-Identifier: GPL-3.0-or-later
/// `neural-style video`: reads a film and a style, paints its frames, writes the film.
#pragma once

#include "exit_status.hpp"
#include "reader_process.hpp"
#include "video_arguments.hpp"

#include <stop_token>

namespace neural_style::cli {

/// Prints what it does and what went wrong. GEGL must have been initialised. When `stop` asks for it, ends
/// within a second with `exit_stopped`; frames that are painted are kept.
ExitStatus paint_video(VideoArguments arguments, ReaderProcess& reader, std::stop_token stop);

} // namespace neural_style::cli
