// SPDX-License-Identifier: GPL-3.0-or-later
/// The text of `neural-style --help`.
#pragma once

namespace neural_style::cli {

/// Translated. Each command explains its options in its own help.
const char* help();

} // namespace neural_style::cli
