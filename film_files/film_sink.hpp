// SPDX-License-Identifier: GPL-3.0-or-later
/// Writes a film, frame by frame.
///
///     const auto film = opened_sink(order);
///     for (...)
///         film->add(rows);
///     const auto remarks = film->end();
#pragma once

#include "film_answer.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace neural_style::film_files {

class FilmSink {
  public:
    virtual ~FilmSink() = default;
    /// In order, `frame_bytes()` of the order's film. Throws `Refused`.
    virtual void add(std::span<const std::byte> rows) = 0;
    /// After the last one: the file is whole. Throws `Refused`.
    virtual std::vector<FilmRemark> end() = 0;
};

/// To `film_descriptor`. Throws `Refused`.
std::unique_ptr<FilmSink> opened_sink(FilmOrder order);
/// The two ways, as for reading; an animated PNG goes through FFmpeg.
std::unique_ptr<FilmSink> encoded_film(FilmOrder order);
std::unique_ptr<FilmSink> encoded_animation(FilmOrder order);

} // namespace neural_style::film_files
