// SPDX-License-Identifier: GPL-3.0-or-later
/// What a worker process arranges for itself before it serves.
///
///     const int frames_out = reserve_stdout();
///     follow_parent();
#pragma once

namespace neural_style::worker {

/// Keeps standard output for frames: answers a descriptor for them and points descriptor 1 at standard error,
/// so that no library can print into the conversation. Ignores SIGPIPE: a client that went away shows as an
/// error of write.
int reserve_stdout();

/// Has the kernel kill this process when the thread that started it ends (PR_SET_PDEATHSIG): GIMP's Cancel
/// kills the plug-in without warning. Ends at once when that has just happened. What ended before main began
/// is seen as the end of standard input.
void follow_parent();

/// Leaves the processor to programs that somebody is looking at (nice 5).
void step_back();

/// Asks for 1 MiB pipes instead of 64 KiB, for fewer wake-ups per picture. No matter if this is refused.
void widen_pipe(int descriptor);

} // namespace neural_style::worker
