// SPDX-License-Identifier: GPL-3.0-or-later
/// What `neural-style video` is called with.
///
///     auto arguments = video_arguments({"in.mp4", "--style", "waves", "-o", "out.mp4"});
#pragma once

#include "arguments.hpp"
#include "film.hpp"
#include "film_input.hpp"

#include <string>
#include <vector>

namespace neural_style::cli {

/// `output` is a film, a folder or a pattern; with `preview_every` a picture of `kind`.
struct VideoArguments : PaintArguments {
    FilmWish film;
    FilmSettings film_settings;
    Shard shard;
    bool lossless = false;
    int preview_every = 0;    ///< frames; 0: the whole film
    bool again = false;       ///< what is kept is of no use
    bool keep_frames = false; ///< also when the film is whole
};

/// As `paint_arguments`.
Result<VideoArguments> video_arguments(const std::vector<std::string>& words);

} // namespace neural_style::cli
