// SPDX-License-Identifier: GPL-3.0-or-later
/// `neural-style presets`: lists the bundled presets.
#pragma once

#include "arguments.hpp"
#include "exit_status.hpp"

namespace neural_style::cli {

ExitStatus list_presets(const ListArguments& arguments);

} // namespace neural_style::cli
