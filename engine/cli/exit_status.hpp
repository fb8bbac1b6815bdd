// SPDX-License-Identifier: GPL-3.0-or-later
/// The program's exit status.
#pragma once

namespace neural_style::cli {

enum ExitStatus : int {
    exit_done = 0,
    exit_failed = 1,   ///< the work failed
    exit_usage = 2,    ///< the command line was wrong
    exit_stopped = 130 ///< Ctrl-C or a request to end: 128 + SIGINT, as shells count
};

} // namespace neural_style::cli
