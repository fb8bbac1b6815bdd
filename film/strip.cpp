// SPDX-License-Identifier: GPL-3.0-or-later
#include "strip.hpp"

#include "reduced_frame.hpp"

#include <algorithm>

namespace neural_style {

namespace {

constexpr std::size_t most_frames = 8;
constexpr double most_pixels = 0.5e6;

} // namespace

Result<Samples> strip(Frames& frames, const Shot& shot) {
    const auto length = shot.end - shot.begin, count = std::min(length, most_frames);
    Samples strip;
    for (std::size_t i = 0; i < count; ++i) {
        const auto frame = frames.frame(shot.begin + (2 * i + 1) * length / (2 * count)); // middles of parts
        if (!frame)
            return std::unexpected(frame.error());
        const auto small = reduced_frame(*frame, most_pixels / double(count));
        strip.width = small.width;
        strip.height += small.height;
        strip.bytes.insert(strip.bytes.end(), small.bytes.begin(), small.bytes.end());
    }
    return strip;
}

} // namespace neural_style
