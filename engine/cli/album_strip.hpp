// SPDX-License-Identifier: GPL-3.0-or-later
/// An album in one picture, for `Request::shot`, so that its paintings hang together.
///
///     const Image strip = album_strip(files, reader);
///     request.shot = ImageView(strip);
#pragma once

#include "album_files.hpp"
#include "reader_process.hpp"

#include <neural_style/image.hpp>

#include <span>

namespace neural_style::cli {

/// Up to six photos, evenly spread over the album, one below the other: equally wide, and together as large
/// as one megapixel or less. Photos that cannot be read are left out; empty: none can.
Image album_strip(std::span<const AlbumFile> files, ReaderProcess& reader);

} // namespace neural_style::cli
