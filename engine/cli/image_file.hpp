// SPDX-License-Identifier: GPL-3.0-or-later
/// Writes a painting to a picture file that resembles the photo's: depth, profile, alpha and metadata.
///
///     auto notes = save_painting({.path = "out.png", .painting = painting, .photo = photo});
#pragma once

#include "picture_file.hpp"
#include "picture_kind.hpp"

#include <neural_style/error.hpp>
#include <neural_style/image.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace neural_style::cli {

struct PaintingFile {
    std::filesystem::path path; ///< its extension decides the kind, if `kind` does not
    ImageView painting;
    std::span<const float> alpha; ///< one per pixel of the painting; empty: opaque
    const Picture& photo;         ///< the painted photo, with its metadata
    std::optional<PictureKind> kind = std::nullopt;
    int stream = -1; ///< an open pipe or file to write to, instead of `path`
};

/// Why no painting of that kind could be written later, checked before the long work; nothing if it could.
std::optional<Error> obstacle_to_encoding(PictureKind kind);

/// The format that preserves as much of the photo's as a file of that kind can. Colour even for grey photos,
/// since styles may add colours.
const Babl* format_for(PictureKind kind, const Babl* photo_format);

/// Encodes in memory, calls `encoded`, then writes the file in one go. Returns a sentence for everything that
/// the kind of file could not preserve (transparency, metadata). Errors: invalid_request (extension, size),
/// not_written, out_of_memory.
Result<std::vector<std::string>> save_painting(const PaintingFile& file,
                                               const std::function<void()>& encoded = {});

} // namespace neural_style::cli
