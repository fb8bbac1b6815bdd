// SPDX-License-Identifier: GPL-3.0-or-later
/// Loads a picture file as a GeglBuffer: PNG, JPEG, TIFF, WebP and OpenEXR, in its own depth and colour
/// space.
///
///     auto style = load_picture("starry-night.jpg");
///     auto pixels = style ? read_pixels(style->buffer.get(), *gegl_buffer_get_extent(style->buffer.get())) :
///     ...;
#pragma once

#include "gobject_pointer.hpp"
#include "picture_check.hpp"

#include <gegl.h>

namespace neural_style {

struct Picture {
    PictureKind kind = PictureKind::png;
    /// Upright: the EXIF orientation has been applied. The format has the file's depth and profile.
    GObjectPointer<GeglBuffer> buffer;
    /// The file's ICC profile, unchanged; empty if there is none. babl makes a space of it, but returns its
    /// own version.
    std::vector<std::byte> profile;
};

/// GEGL must be initialised. 24 megapixels take about a second.
/// Errors: bad_picture (missing, empty, damaged, unknown kind, too large), out_of_memory.
Result<Picture> load_picture(const std::filesystem::path& path);

} // namespace neural_style
