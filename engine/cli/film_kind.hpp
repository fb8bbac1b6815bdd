// SPDX-License-Identifier: GPL-3.0-or-later
/// Which kind of film the name of an output asks for.
///
///     film_kind_of("painted.mkv", true)->alpha; // FFV1, which can be transparent
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace neural_style::cli {

/// What a name asks for.
struct FilmKind {
    std::string name;   ///< "mp4", "mov", "mkv", "webm", "gif", "webp", "apng"; "frames": numbered pictures
    bool alpha = false; ///< can be transparent
};

/// By the ending; a folder and a pattern with %d are numbered pictures. Nothing: none of these.
std::optional<FilmKind> film_kind_of(const std::filesystem::path& output, bool lossless);

} // namespace neural_style::cli
