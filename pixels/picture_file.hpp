// SPDX-License-Identifier: GPL-3.0-or-later
/// Loads a picture file as a GeglBuffer in its own depth and colour space.
///
///     ReaderProcess reader;
///     auto style = load_picture(reader, "starry-night.jpg");
///     auto pixels = style ? read_pixels(style->buffer.get(), *gegl_buffer_get_extent(style->buffer.get())) :
///     ...;
#pragma once

#include "gobject_pointer.hpp"
#include "reader_process.hpp"

#include <gegl.h>
#include <string>
#include <vector>

namespace neural_style {

struct Picture {
    /// Upright. Its format has the file's depth and colour space.
    GObjectPointer<GeglBuffer> buffer;
    /// The file's ICC profile, unchanged; empty if it has none or the colours were converted.
    /// babl makes a space of it, but returns its own version.
    std::vector<std::byte> profile = {};
    std::optional<reader::ColorCode> color_code = std::nullopt; ///< a PNG's cICP
    double dots_per_inch = 0;                                   ///< 0: the file does not say
    int left = 0;                                               ///< of an OpenEXR's display window
    int top = 0;                                                ///< of an OpenEXR's display window
    double pixel_aspect = 1;             ///< a pixel's width in units of its height, of an OpenEXR
    reader::Metadata metadata = {};      ///< if they were asked for
    std::vector<std::string> notes = {}; ///< sentences on what the file may mean otherwise
};

/// The path - is standard input. GEGL must be initialised. 24 megapixels take about a second.
/// Errors: bad_picture (missing, empty, damaged, unknown kind, too large), out_of_memory.
Result<Picture> load_picture(ReaderProcess& reader, const std::filesystem::path& path, PictureWish wish = {});
/// The same for a single file.
Result<Picture> load_picture(const std::filesystem::path& path);

} // namespace neural_style
