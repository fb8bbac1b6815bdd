// SPDX-License-Identifier: GPL-3.0-or-later
/// The limits of a process that decodes an untrusted file: a memory bomb, an endless loop or a hijacked
/// decoder ends in an error message.
#pragma once

namespace neural_style::reader {

/// Limits this process from now on: memory, processor time, no files to write, no programs, no network.
void limit_this_process();

} // namespace neural_style::reader
