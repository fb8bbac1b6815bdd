// SPDX-License-Identifier: GPL-3.0-or-later
/// Which directory of a TIFF is the picture, and which of its channels is transparency.
#pragma once

#include "source.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace neural_style::reader {

enum class Extra { unspecified, alpha };

struct TiffDirectory {
    int page = 0;
    int sub = -1; ///< SubIFD of that page; -1: the page itself
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::vector<Extra> extras = {}; ///< channels after the colours
    bool can_be_filled = true;      ///< the file is long enough for its strips or tiles
    int pictures = 1;               ///< full pictures in the file
    bool camera_raw = false;
    /// Stored in a way that libvips does not read: planes in tiles of their own, samples of 9 to 15 bits or
    /// of 64.
    bool rare = false;
};

/// The first directory or SubIFD that is neither a smaller copy nor a mask; the largest if all are. Nothing
/// if none can be read.
std::optional<TiffDirectory> tiff_directory(const Source& source);

} // namespace neural_style::reader
