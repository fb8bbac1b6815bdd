// SPDX-License-Identifier: GPL-3.0-or-later
/// Pixels as files of the kinds that GEGL writes not at all, or not as they are.
///
///     const std::string failed = encode_png({.buffer = buffer, .profile = profile}, file);
#pragma once

#include "picture_file.hpp"

#include <cstddef>
#include <cstdint>
#include <gegl.h>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace neural_style::cli {

struct PictureToEncode {
    GeglBuffer* buffer; ///< its format is the file's: R'G'B' or R'G'B'A of u8, u16 or float
    /// ICC profile of the numbers; empty: sRGB.
    std::span<const std::byte> profile = {};
    double dots_per_inch = 0;                              ///< 0: not told
    std::optional<reader::ColorCode> color = std::nullopt; ///< told beside the profile
    int left = 0;                                          ///< of an OpenEXR's windows
    int top = 0;                                           ///< of an OpenEXR's windows
    double pixel_aspect = 1;                               ///< of an OpenEXR
    std::span<const unsigned char> exif = {}; ///< as a file of its own, where the kind takes it so
    std::string_view xmp = {};
};

/// Of JPEG and WebP, 1 to 100: lower ones show blocks in brush strokes.
inline constexpr int lossy_quality = 95;

/// Each writes to the beginning of an empty file and returns the error; empty if there is none.
/// PNG: without `exif` and `xmp`, which Exiv2 adds. u8 and u16.
std::string encode_png(const PictureToEncode& picture, int file);
/// JPEG: without the profile, the resolution, `exif` and `xmp`. R'G'B' u8; progressive, 4:4:4.
std::string encode_jpeg(const PictureToEncode& picture, int file);
/// TIFF: `xmp`, too, and without `exif`. `big`: as BigTIFF, of which files may be larger than 4 GB.
std::string encode_tiff(const PictureToEncode& picture, int file, bool big);
bool needs_big_tiff(std::uint64_t pixel_bytes);
/// Without loss.
std::string encode_jpeg_xl(const PictureToEncode& picture, int file);
/// 8 bits for u8, else 12, the most it has.
std::string encode_avif(const PictureToEncode& picture, int file);
bool avif_has_encoder();
/// The format is RGB or RGBA float here. The display window is where the photo has it.
std::string encode_openexr(const PictureToEncode& picture, int file);

} // namespace neural_style::cli
