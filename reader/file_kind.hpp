// SPDX-License-Identifier: GPL-3.0-or-later
/// Identifies a file by its first bytes, whatever its name says.
#pragma once

#include <optional>
#include <string_view>

namespace neural_style::reader {

/// How a kind is decoded.
enum class Way { library, tiff, png, openexr, magick, camera_raw, film };

struct FileKind {
    std::string_view name; ///< for people: "JPEG XL"
    Way way = Way::library;
    const char* loader = nullptr; ///< libvips' operation; with `magick`: ImageMagick's name for the kind
    bool bottom_up = false;       ///< a PNM of floats, whose order and proportion to light libvips ignores
    bool several = false;         ///< pages are pictures, not resolutions or layers
};

/// `head`: the first 64 bytes, or all there are. `tail`: the last 26. Nothing if it is no picture.
std::optional<FileKind> kind_of(std::string_view head, std::string_view tail);

} // namespace neural_style::reader
