// SPDX-License-Identifier: GPL-3.0-or-later
/// Sentences for the user about errors from elsewhere: one translated sentence per error code.
///
///     return translated(painting.error());
#pragma once

#include <neural_style/error.hpp>

namespace neural_style {

/// The same code with a sentence in the user's language that says what to do. The English message is appended
/// if it contains something that the user needs (a name, a number); otherwise it only goes to the log.
Error translated(const Error& error);

} // namespace neural_style
