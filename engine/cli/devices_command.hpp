// SPDX-License-Identifier: GPL-3.0-or-later
/// `neural-style devices`: lists where paintings can be computed, and how fast.
#pragma once

#include "arguments.hpp"
#include "exit_status.hpp"
#include "rights.hpp"

namespace neural_style::cli {

ExitStatus list_devices(DevicesArguments arguments);

/// What an engine on this computer could still do if somebody took it over.
void tell_rights(InForce in_force, Talk talk);

} // namespace neural_style::cli
