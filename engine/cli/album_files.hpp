// SPDX-License-Identifier: GPL-3.0-or-later
/// Which photos an album has, and where their paintings go.
///
///     const auto files = album_files(*arguments.album, {.output = "painted", .style = "waves"});
///     for (const auto& [photo, painting, kind] : *files)
///         paint(photo, painting, kind);
#pragma once

#include "arguments.hpp"
#include "picture_kind.hpp"

#include <neural_style/error.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace neural_style::cli {

/// Whether the reader may know that kind of file, by its name.
bool looks_like_a_picture(const std::filesystem::path& path);

struct AlbumFile {
    std::filesystem::path photo;
    std::filesystem::path painting; ///< empty where there is no folder for them
    PictureKind kind = PictureKind::png;
};

struct AlbumTarget {
    std::filesystem::path output = {};              ///< folder; empty: nothing is to be written
    std::optional<PictureKind> kind = std::nullopt; ///< of all paintings; nothing: as name or photo say
    std::string style = {};                         ///< for names
    std::vector<std::filesystem::path> reads = {};  ///< other files that no painting may replace
};

/// Of the whole album whatever the shard, sorted by the photos' names, byte by byte. Named files are taken as
/// they are, even if they do not exist; of folders, the files whose names end like a picture's, without
/// hidden ones, the output folder, and paintings that this very call would make. Errors, translated:
/// invalid_request (no photos, no list, two paintings of one name, a painting that would replace something
/// that is read).
Result<std::vector<AlbumFile>> album_files(const AlbumArguments& album, const AlbumTarget& target);

/// The part of `count` files that a shard has: first and behind the last. Parts differ by one at most.
struct Range {
    std::size_t begin = 0, end = 0;
};
Range range_of(const Shard& shard, std::size_t count);

} // namespace neural_style::cli
