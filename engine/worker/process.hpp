// SPDX-License-Identifier: GPL-3.0-or-later
/// A worker process's preparations before it serves.
///
///     const int frames_out = reserve_stdout();
///     follow_parent();
#pragma once

#include <string_view>

namespace neural_style::worker {

/// Reserves standard output for frames: returns a descriptor for them and redirects descriptor 1 to standard
/// error, so that no library can print into the conversation. Ignores SIGPIPE, so that a lost client shows as
/// a write error.
int reserve_stdout();

/// Makes the kernel kill this process when the thread that started it ends (PR_SET_PDEATHSIG): GIMP's Cancel
/// kills the plug-in without warning. Ends at once if that has just happened. If the parent ended before main
/// began, that shows as the end of standard input.
void follow_parent();

/// Yields the processor to interactive programs (nice 5).
void step_back();

/// Requests pipes of 1 MiB instead of 64 KiB, for fewer wake-ups per picture. Failure is harmless.
void widen_pipe(int descriptor);

/// Before there is an outbox. That nobody reads it is noticed later.
void write_all(int out, std::string_view text);

} // namespace neural_style::worker
