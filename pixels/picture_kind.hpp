// SPDX-License-Identifier: GPL-3.0-or-later
/// The kinds of picture files that paintings are written as, and their names.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace neural_style {

enum class PictureKind { png, jpeg, tiff, webp, jpeg_xl, avif, exr };

/// The name to show: "PNG", "JPEG"...
std::string_view name_of(PictureKind kind);

/// The usual ending of its files' names, without the dot: "png", "jpg"...
std::string_view ending_of(PictureKind kind);

/// The kind for a file name's ending, in upper or lower case; nothing if it is not one of ours.
std::optional<PictureKind> kind_of_name(const std::filesystem::path& path);

} // namespace neural_style
