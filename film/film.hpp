// SPDX-License-Identifier: GPL-3.0-or-later
/// A film's way from frames to paintings: which frame is painted when, and what it is told of those before.
///
///     FilmSettings settings{.loop = true};
///     auto painted = paint_film(frames, paintings, settings, [&](const FrameJob& job) {
///         return engine.paint({.content = job.content, .styles = styles, .motion = job.motion, .shot =
///         job.shot});
///     });
///
/// Whoever paints is unknown here: the engine itself, or a process of it.
#pragma once

#include <neural_style/engine.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

namespace neural_style {

/// The frames of a film. Asked for in any order, though mostly for one after the other.
class Frames {
  public:
    virtual ~Frames() = default;
    virtual std::size_t count() const = 0;
    /// From 0 on. All frames have one size. Errors: bad_picture.
    virtual Result<Samples> frame(std::size_t number) = 0;
};

/// The paintings of the frames, kept. What is kept is what later frames begin from: a film that goes on
/// after an interruption is the same film.
class Paintings {
  public:
    virtual ~Paintings() = default;
    /// Whether the frame has been painted in this pass, from 0 on.
    virtual bool has(std::size_t number, int pass) const = 0;
    /// As kept. Errors: bad_picture.
    virtual Result<Image> painting(std::size_t number, int pass) = 0;
    /// Whole or not at all. Errors: not_written.
    virtual Result<void> keep(std::size_t number, int pass, const Image& painting) = 0;
};

/// Frames from one cut to the next.
struct Shot {
    std::size_t begin = 0;
    std::size_t end = 0; ///< the frame after its last

    bool operator==(const Shot&) const = default;
};

struct FilmSettings {
    double steadiness = 1; ///< see `Motion::steadiness`
    int passes = 1;        ///< through each shot, in alternating directions: section 5 of Ruder, Dosovitskiy
                           ///< and Brox 2016, "Artistic style transfer for videos"
    /// The last frame leads to the first: in one more pass, backwards, the last second of the film turns into
    /// what leads to the first frame's painting, if the frames show the same things.
    bool loop = false;
};

/// The pass whose paintings are the film; each frame has one of it.
constexpr int last_pass(const FilmSettings& settings) {
    return settings.passes - 1 + (settings.loop ? 1 : 0);
}

/// One frame to paint. The views are valid until the painting returns.
struct FrameJob {
    std::size_t number = 0;
    int pass = 0;
    SamplesView content{};
    Motion motion{};
    SamplesView shot{};
};
using PaintFrame = std::function<Result<Image>(const FrameJob& job)>;
/// Called when the frame has been kept.
using FrameKept = std::function<void(std::size_t number, int pass)>;

/// Looks at every frame once. Errors: bad_picture, cancelled.
Result<std::vector<Shot>> find_shots(Frames& frames, std::stop_token stop = {});

/// Paints the shots, frame by frame; what is kept already is not painted again. With some shots of a film
/// only, a loop is not closed: that takes all of them. A frame that equals the one before has its painting.
/// Keeps a handful of frames in memory. The paintings have the frames' size. Errors: cancelled,
/// invalid_request (they have another), and those of `frames`, `paintings` and `paint`.
Result<void> paint_film(Frames& frames, const std::vector<Shot>& shots, Paintings& paintings,
                        const FilmSettings& settings, const PaintFrame& paint, const FrameKept& kept = {},
                        std::stop_token stop = {});

} // namespace neural_style
