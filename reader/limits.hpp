// SPDX-License-Identifier: GPL-3.0-or-later
/// The limits of a process that decodes an untrusted file: a memory bomb, an endless loop or a hijacked
/// decoder ends in an error message.
#pragma once

namespace neural_style::reader {

struct Limits {
    bool granted_time =
        false; ///< processor time is what `grant_time` grants, instead of enough for any picture
    bool writes_files = false; ///< those that are open
};

/// Limits this process from now on: memory, processor time, no files to write, no programs, no network.
void limit_this_process(Limits limits = {});
/// From now on this process, if its time is granted, has enough for one picture more.
void grant_time();

} // namespace neural_style::reader
