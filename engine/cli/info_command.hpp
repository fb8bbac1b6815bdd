// SPDX-License-Identifier: GPL-3.0-or-later
/// `neural-style info`: tells what is understood of picture files.
#pragma once

#include "arguments.hpp"
#include "exit_status.hpp"
#include "reader_process.hpp"

namespace neural_style::cli {

/// All files, also after one that cannot be read; then the status is `exit_failed`.
ExitStatus tell_pictures(const InfoArguments& arguments, ReaderProcess& reader);

} // namespace neural_style::cli
