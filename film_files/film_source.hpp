// SPDX-License-Identifier: GPL-3.0-or-later
/// The frames of a film, in any order.
///
///     const auto film = opened_source({.descriptor = film_descriptor});
///     const auto pixels = film->frame(12);
#pragma once

#include "film_answer.hpp"

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <span>

namespace neural_style::film_files {

class FilmSource {
  public:
    virtual ~FilmSource() = default;
    virtual const FilmHead& head() const = 0;
    /// Rows from the top, `head().frame_bytes()`; valid until the next call. Throws `Refused`.
    virtual std::span<const std::byte> frame(std::size_t number) = 0;
};

struct SourceWish {
    int descriptor = -1;
    std::size_t most_frames = std::numeric_limits<std::size_t>::max(); ///< those after them are left out
    std::function<void(std::size_t)> looked = {}; ///< called with how many frames have been found
};

/// Looks at all frames once. Throws `Refused`.
std::unique_ptr<FilmSource> opened_source(const SourceWish& wish);

/// The two ways that frames are stored: as films, through FFmpeg, or as an animated GIF or WebP, through
/// libvips, which knows more of the latter than FFmpeg.
std::unique_ptr<FilmSource> decoded_film(const SourceWish& wish);
std::unique_ptr<FilmSource> decoded_animation(const SourceWish& wish);

} // namespace neural_style::film_files
