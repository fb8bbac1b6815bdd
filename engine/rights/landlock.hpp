// SPDX-License-Identifier: GPL-3.0-or-later
/// The part of the rights that Landlock takes away: files, and of the network what it knows.
///
///     const bool in_force = rights::restrict_files({.below = {folder}});
#pragma once

#include "rights.hpp"

namespace neural_style::rights {

/// False: the kernel has no Landlock, or cannot do this; then nothing is restricted. The process has
/// PR_SET_NO_NEW_PRIVS.
bool restrict_files(const Rights& kept);

} // namespace neural_style::rights
