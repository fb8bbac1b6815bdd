// SPDX-License-Identifier: GPL-3.0-or-later
/// How often another device than the CPU is waited for.
///
///     options.steps_between_reads = steps_between_reads(cut.tiles().size());
#pragma once

#include "minimize.hpp"

#include <cstddef>

namespace neural_style {

/// For a picture in so many tiles: once in ten tiles, since steps of many tiles are long and wanted to be
/// seen.
inline int steps_between_reads(std::size_t tiles) {
    const auto most = std::size_t(MinimizeOptions().steps_between_reads);
    return int((most + tiles - 1) / tiles);
}

} // namespace neural_style
