// SPDX-License-Identifier: GPL-3.0-or-later
/// Writes a painting as a picture file that resembles the photo's: depth, profile, alpha and metadata.
///
///     auto notes = save_painting({.path = "out.png", .painting = painting, .photo = photo, .photo_path =
///     "photo.jpg"});
#pragma once

#include "picture_file.hpp"

#include <neural_style/error.hpp>
#include <neural_style/image.hpp>

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace neural_style::cli {

struct PaintingFile {
    std::filesystem::path path; ///< the kind follows from its ending
    ImageView painting;
    std::span<const float> alpha; ///< one per pixel of the painting; empty: opaque
    const Picture& photo;         ///< what was painted
    std::filesystem::path photo_path;
};

/// The format in which a file of that kind keeps as much of the photo's as it can. Colour even where the
/// photo is grey, since the style may bring colours.
const Babl* format_for(PictureKind kind, const Babl* photo_format);

/// Encodes in memory, calls `encoded`, then writes the file in one go. The answer has a sentence for
/// everything that the kind of file could not keep (transparency, metadata). Errors: invalid_request (ending,
/// size), not_written, out_of_memory.
Result<std::vector<std::string>> save_painting(const PaintingFile& file,
                                               const std::function<void()>& encoded = {});

} // namespace neural_style::cli
