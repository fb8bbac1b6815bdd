// SPDX-License-Identifier: GPL-3.0-or-later
/// What the program tells its caller when it ends.
#pragma once

namespace neural_style::cli {

enum ExitStatus : int {
    exit_done = 0,
    exit_failed = 1,   ///< could not be done
    exit_usage = 2,    ///< was not asked rightly
    exit_stopped = 130 ///< Ctrl-C or a request to end: 128 + SIGINT, as shells count
};

} // namespace neural_style::cli
