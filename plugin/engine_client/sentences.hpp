// SPDX-License-Identifier: GPL-3.0-or-later
/// What the user reads when something went wrong elsewhere: one translated sentence for each error code.
///
///     return translated(painting.error());
#pragma once

#include <neural_style/error.hpp>

namespace neural_style::plugin {

/// The same code with a sentence in the user's language that says what to do. The English message, when it
/// holds what the user needs (a name, a figure), follows in it; otherwise it goes to the log only.
Error translated(const Error& error);

} // namespace neural_style::plugin
