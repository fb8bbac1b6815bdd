// SPDX-License-Identifier: GPL-3.0-or-later
#include "strip.hpp"

#include "reduced_frame.hpp"

#include <algorithm>

namespace neural_style {

namespace {

// Statistics depend on the size at which things are seen, so two large frames tell more than many small ones.
constexpr std::size_t most_frames = 8, fewest_frames = 2;
constexpr double most_pixels = 0.5e6;

} // namespace

Result<Samples> strip(Frames& frames, const Shot& shot) {
    const auto first = frames.frame(shot.begin);
    if (!first)
        return std::unexpected(first.error());
    const auto length = shot.end - shot.begin;
    const auto fitting = std::size_t(most_pixels / (double(first->width) * first->height));
    const auto count = std::min(length, std::clamp(fitting, fewest_frames, most_frames));
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
