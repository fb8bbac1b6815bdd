// SPDX-License-Identifier: GPL-3.0-or-later
/// The shots of a film that one of several computers paints.
///
///     const auto mine = shots_of(shots, {.part = 3, .parts = 8});
#pragma once

#include "arguments.hpp"
#include "film.hpp"

#include <vector>

namespace neural_style::cli {

/// Shots are whole; the parts have about as many frames each. A film of fewer shots than parts leaves some
/// parts empty.
std::vector<Shot> shots_of(const std::vector<Shot>& shots, Shard shard);

} // namespace neural_style::cli
