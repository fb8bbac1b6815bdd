// SPDX-License-Identifier: GPL-3.0-or-later
/// Writes the paintings of a film's frames: as a film, or as numbered pictures.
///
///     auto film = FilmOutput::open({.path = "painted.mp4", .head = head, .source = "film.mp4"});
///     film->add(painting, alpha);
///     auto notes = film->end();
#pragma once

#include "film_answer.hpp"

#include <neural_style/error.hpp>
#include <neural_style/samples.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace neural_style::cli {

struct OutputWish {
    std::filesystem::path path;
    bool lossless = false;
    film_files::FilmHead head;         ///< sizes, times and samples
    std::filesystem::path source = {}; ///< whose sound and subtitles are copied; empty: none
    std::int64_t source_end = 0;       ///< as in `FilmOrder::end`
    std::uint64_t first_number = 1;    ///< of numbered pictures
};

class FilmOutput {
  public:
    virtual ~FilmOutput() = default;
    /// Nothing is where the film is to be before `end`. Errors, translated: not_written, internal.
    static Result<std::unique_ptr<FilmOutput>> open(const OutputWish& wish);

    /// In order. `alpha` may be empty. Errors, translated: not_written, out_of_memory.
    virtual Result<void> add(const Samples& painting, const Samples& alpha) = 0;
    /// Sentences on what could not be kept.
    virtual Result<std::vector<std::string>> end() = 0;
};

} // namespace neural_style::cli
