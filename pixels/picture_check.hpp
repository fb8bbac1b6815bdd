// SPDX-License-Identifier: GPL-3.0-or-later
/// Identifies a picture file and checks that all of it can be read before GEGL loads it.
///
/// GEGL's loaders hide errors: a truncated PNG may loop for ever, a bad JPEG ends the process, a bad WebP is
/// black. So each file is decoded once with its own library, in strips, without keeping the pixels.
///
///     auto facts = check_picture("photo.jpg");
///     if (!facts)
///         return report(facts.error());
#pragma once

#include <neural_style/error.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace neural_style {

enum class PictureKind { png, jpeg, tiff, webp, exr };

/// The name for people: "PNG", "JPEG"...
std::string_view name_of(PictureKind kind);

/// The kind for a file name's extension, in upper or lower case; nothing if it is not one of ours.
std::optional<PictureKind> kind_of_name(const std::filesystem::path& path);

/// Larger pictures are refused before memory is allocated: 300 megapixels are 3.6 GB as engine pixels.
inline constexpr std::uint64_t largest_picture = 300'000'000;

struct PictureFacts {
    PictureKind kind = PictureKind::png;
    int width = 0; ///< in pixels; 0 for OpenEXR, whose header GEGL reads well
    int height = 0;
    std::vector<std::byte> profile; ///< the embedded ICC profile; empty if there is none
};

/// Errors: bad_picture, with the file's name and what to do.
Result<PictureFacts> check_picture(const std::filesystem::path& path);

/// The error for a picture that cannot be read completely (bad_picture) or does not fit into memory
/// (out_of_memory).
Error damaged_picture(const std::filesystem::path& path);
Error no_memory_for(const std::filesystem::path& path);

/// The refusal of a picture that is too large; nothing if it is not.
std::optional<Error> check_size(const std::filesystem::path& path, std::uint64_t width, std::uint64_t height);

} // namespace neural_style
