// SPDX-License-Identifier: GPL-3.0-or-later
/// The part of the rights that seccomp takes away: programs, the network, other processes.
///
///     const bool in_force = rights::refuse_calls({.sockets = Sockets::none});
#pragma once

#include "rights.hpp"

namespace neural_style::rights {

/// System calls fail with EPERM. False: the kernel has no seccomp, or this is a processor whose calls are not
/// known here. The process has PR_SET_NO_NEW_PRIVS.
bool refuse_calls(const Rights& kept);

} // namespace neural_style::rights
