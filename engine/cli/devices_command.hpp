// SPDX-License-Identifier: GPL-3.0-or-later
/// `neural-style devices`: lists where paintings can be computed, and how fast.
#pragma once

#include "arguments.hpp"
#include "exit_status.hpp"

namespace neural_style::cli {

ExitStatus list_devices(DevicesArguments arguments);

} // namespace neural_style::cli
