// SPDX-License-Identifier: GPL-3.0-or-later
/// What the paintings of other frames say about a frame.
///
///     EarlierPaintings earlier(frames, paintings);
///     auto known = earlier.known(number, shot.begin, pass);   // Motion's picture and mask
///
/// Remembers the last frames, their brightness and the last painting, so that a way through a film looks at
/// each once.
#pragma once

#include "film.hpp"
#include "flow.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace neural_style {

/// See `Motion`.
struct KnownBefore {
    Image moved{};
    std::vector<float> trusted{}; ///< for each pixel of `moved`
    /// Share of the pixels that are not trusted and yet were within the nearest frame: an earlier one may
    /// know them.
    double hidden = 0;
    /// What the moved painting was more than what it shows, before it took the frame's light.
    Image offset{};
};

class EarlierPaintings {
  public:
    EarlierPaintings(Frames& frames, Paintings& paintings) : frames_(frames), paintings_(paintings) {}

    /// From the paintings 1, 2 and 4 frames before, none of them before `begin`: long-term consistency of
    /// Ruder, Dosovitskiy and Brox 2016, equations 7 to 9. A frame further back only tells of pixels that the
    /// nearer ones do not. Errors: those of frames and paintings.
    Result<KnownBefore> known(std::size_t number, std::size_t begin, int pass);
    /// From one frame alone, whose motion is followed that far down.
    Result<KnownBefore> known_from(std::size_t number, std::size_t other, int pass,
                                   Finest finest = Finest::pixel);
    /// Whether two frames are equal.
    Result<bool> same(std::size_t one, std::size_t other);
    /// Whether they show the same things.
    Result<bool> kin(std::size_t one, std::size_t other);
    /// As kept; valid until the next call.
    Result<const Image*> painting(std::size_t number, int pass);
    /// As the film has it.
    Result<std::shared_ptr<const Samples>> frame(std::size_t number);

  private:
    using Picture = std::shared_ptr<const Samples>;
    using Remembered = std::deque<std::pair<std::size_t, Picture>>; // of frames by their numbers
    struct Pair {
        Picture one, other;
    };
    Result<Picture> brightness_of(std::size_t number);
    Result<Pair> both(Result<Picture> (EarlierPaintings::*of)(std::size_t), std::size_t one,
                      std::size_t other);

    Frames& frames_;
    Paintings& paintings_;
    Remembered pictures_, brightness_;
    Image painting_;
    std::size_t painting_number_ = 0;
    int painting_pass_ = -1; // none yet
};

} // namespace neural_style
