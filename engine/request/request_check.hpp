// SPDX-License-Identifier: GPL-3.0-or-later
/// Refuses what cannot be painted, before any work starts.
///
///     check(request);   // throws Failure(invalid_request) with a sentence that says what to do
#pragma once

#include <neural_style/engine.hpp>

namespace neural_style {

/// Looks at settings, sizes and, where the views have data, at the values. Errors: Failure(invalid_request).
void check(const Request& request);

} // namespace neural_style
