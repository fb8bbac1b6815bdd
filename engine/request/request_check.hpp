// SPDX-License-Identifier: GPL-3.0-or-later
/// Refuses requests that cannot be painted, before any work starts.
///
///     check(request);   // throws Failure(invalid_request) with a sentence that says what to do
#pragma once

#include <neural_style/engine.hpp>

namespace neural_style {

/// Checks settings, sizes and, if the views have data, values. Errors: Failure(invalid_request).
void check(const Request& request);

} // namespace neural_style
