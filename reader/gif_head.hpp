// SPDX-License-Identifier: GPL-3.0-or-later
/// Where a GIF's first picture is on its screen: around it the screen is transparent, which libvips forgets.
#pragma once

#include "source.hpp"

#include <optional>

namespace neural_style::reader {

struct GifFrame {
    int left = 0;
    int top = 0;
    int width = 0;
    int height = 0;
};

/// Nothing if it covers the screen, reaches beyond it, or cannot be found.
std::optional<GifFrame> part_of_screen(const Source& source);

} // namespace neural_style::reader
