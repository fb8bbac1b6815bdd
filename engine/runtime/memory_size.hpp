// SPDX-License-Identifier: GPL-3.0-or-later
/// Sizes of memory in the engine's sentences, and the memory used before there is a picture.
///
///     throw over_limit(needed, limit); // This painting needs 2.7 GB of memory …
#pragma once

#include "guarded.hpp"

#include <neural_style/formatted.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace neural_style {

inline std::string size_in_words(std::uint64_t bytes) {
    if (bytes < 1'000'000)
        return formatted("{} bytes", bytes);
    return bytes < 1'000'000'000 ? formatted("{:.0f} MB", double(bytes) / 1e6)
                                 : formatted("{:.1f} GB", double(bytes) / 1e9);
}

/// The process with LibTorch loaded and its thread pools started, before the first picture; measured.
constexpr std::uint64_t program_bytes = 260u << 20;

/// For a painting that needs more memory than allowed, even in the smallest tiles. `fitting_side`: longest
/// side in pixels that would fit; 0: none; nothing: unknown.
inline Failure over_limit(std::uint64_t needed, std::uint64_t limit, std::optional<int> fitting_side = {}) {
    const std::string advice = !fitting_side ? "Allow more, set a size limit, or close other programs."
                               : *fitting_side > 0
                                   ? formatted("A size limit of {} pixels would fit.", *fitting_side)
                                   : "Allow more, or close other programs.";
    return {ErrorCode::over_limit,
            formatted("This painting needs {} of memory at the least, and {} may be used. {}",
                      size_in_words(needed), size_in_words(limit), advice)};
}

} // namespace neural_style
