// SPDX-License-Identifier: GPL-3.0-or-later
/// What `neural-style --help` says.
#pragma once

namespace neural_style::cli {

/// Translated; the options of a command are in that command's own help.
const char* help();

} // namespace neural_style::cli
