// SPDX-License-Identifier: GPL-3.0-or-later
/// The part of a picture that is seen, for a style: what is transparent tells nothing about it.
///
///     auto style = visible_part(*read_samples(buffer, *gegl_buffer_get_extent(buffer)));
///     if (style.image.empty())
///         return nothing_to_be_seen();
///     auto of_file = load_visible_part(reader, "waves.png", 6'000'000, notes);
#pragma once

#include "buffer_pixels.hpp"
#include "reader_process.hpp"

#include <neural_style/error.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace neural_style {

/// The smallest rectangle with all pixels that are not hidden (see hidden_colors.hpp), so that a picture with
/// transparent surroundings is the same style as without them. The alpha is empty if all of it is opaque.
/// Empty: nothing is seen.
BufferSamples visible_part(BufferSamples pixels);

/// Of a picture file; `enough_pixels` as in PictureWish. `notes` collects what the reader remarks on the
/// file. Errors, translated: those of `load_picture` and `read_samples`, bad_picture if nothing is seen.
Result<BufferSamples> load_visible_part(ReaderProcess& reader, const std::filesystem::path& path,
                                        std::uint64_t enough_pixels, std::vector<std::string>& notes);

} // namespace neural_style
