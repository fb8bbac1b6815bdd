// SPDX-License-Identifier: GPL-3.0-or-later
/// EXIF, XMP, IPTC and comment of a photo, made true for its painting.
///
///     auto metadata = metadata_of(photo.metadata);
///     fit(metadata, {.width = 4000, .height = 3000, .tells_profile = true});
///     write(metadata, "painting.jpg");
#pragma once

#include "picture_file.hpp"

#include <exiv2/exiv2.hpp>
#include <string>
#include <vector>

namespace neural_style::cli {

struct PhotoMetadata {
    Exiv2::ExifData exif = {};
    Exiv2::XmpData xmp = {};
    Exiv2::IptcData iptc = {};
    std::string comment = {};

    bool empty() const { return exif.empty() && xmp.empty() && iptc.empty() && comment.empty(); }
};

/// What metadata must not contradict.
struct PaintingFacts {
    int width = 0;
    int height = 0;
    bool has_profile = false;
    /// To be told in EXIF where EXIF does not tell it yet; 0: leave it.
    double dots_per_inch = 0;
};

/// What cannot be parsed is empty.
PhotoMetadata metadata_of(const reader::Metadata& read);

/// What EXIF tells; 0: nothing.
double dots_per_inch_in(const PhotoMetadata& metadata);

/// The painting is upright and has its own size and colours. Whatever shows the photo or belongs to its file
/// goes: thumbnails, previews, other directories, layers, and marks that promise a gain map, a depth map or a
/// video behind the picture.
void fit(PhotoMetadata& metadata, const PaintingFacts& painting);

/// Writes them to a file that has none. Throws Exiv2::Error.
void write(const PhotoMetadata& metadata, const std::string& file);

/// EXIF as a file of its own and XMP as text, for kinds of files that Exiv2 does not write; may be empty.
std::vector<unsigned char> exif_bytes(const PhotoMetadata& metadata);
std::string xmp_text(const PhotoMetadata& metadata);

} // namespace neural_style::cli
