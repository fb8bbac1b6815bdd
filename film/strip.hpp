// SPDX-License-Identifier: GPL-3.0-or-later
/// A shot in one picture, for `Request::shot`.
///
///     Result<Samples> shot = strip(frames, {0, 120});
#pragma once

#include "film.hpp"

namespace neural_style {

/// Two to eight of its frames, as many as fit into half a megapixel, evenly spread, one below the other;
/// reduced to that if they are larger. Errors: those of `frames`.
Result<Samples> strip(Frames& frames, const Shot& shot);

} // namespace neural_style
