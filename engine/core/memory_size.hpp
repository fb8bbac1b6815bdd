// SPDX-License-Identifier: GPL-3.0-or-later
/// Bytes as the engine's sentences say them.
///
///     std::format("This painting needs {}.", size_in_words(2'700'000'000)); // 2.7 GB
#pragma once

#include <cstdint>
#include <format>
#include <string>

namespace neural_style {

inline std::string size_in_words(std::uint64_t bytes) {
    if (bytes < 1'000'000)
        return std::format("{} bytes", bytes);
    return bytes < 1'000'000'000 ? std::format("{:.0f} MB", double(bytes) / 1e6)
                                 : std::format("{:.1f} GB", double(bytes) / 1e9);
}

} // namespace neural_style
