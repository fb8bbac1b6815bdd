// SPDX-License-Identifier: GPL-3.0-or-later
/// A shot in one picture, for `Request::shot`.
///
///     Result<Samples> shot = strip(frames, {0, 120});
#pragma once

#include "film.hpp"

namespace neural_style {

/// Up to eight of its frames, evenly spread, one below the other, reduced to about half a megapixel together.
/// Errors: those of `frames`.
Result<Samples> strip(Frames& frames, const Shot& shot);

} // namespace neural_style
