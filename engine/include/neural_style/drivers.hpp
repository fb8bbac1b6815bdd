// SPDX-License-Identifier: GPL-3.0-or-later
/// The drivers of graphics cards, before anything is computed.
///
///     neural_style::wake_drivers(); // and then give up the right to start programs
#pragma once

namespace neural_style {

/// Has them made ready, which then need not be done later. For that they may start programs with more rights
/// than this one has: whoever gives up rights calls this before. Errors show when a device is used.
void wake_drivers();

} // namespace neural_style
