// SPDX-License-Identifier: GPL-3.0-or-later
/// Where a film cuts to something else.
///
///     Cuts cuts;
///     for (std::size_t i = 0; i < frames.count(); ++i)
///         cuts.look(*frames.frame(i));
///     for (std::size_t begin : cuts.found()) …   // the first frames after cuts
///
/// A flash, a fast pan and a slow fade are no cuts.
#pragma once

#include <neural_style/samples.hpp>

#include <cstddef>
#include <deque>
#include <vector>

namespace neural_style {

/// How much of what a frame shows an earlier one shows too, wherever that was, from about 0 to 1: the
/// correlation of their brightness after motion, where hidden pixels count as different; or, if that is more,
/// of its details in the part that both show after a pan. Of two even frames: 1 if they are equally bright.
/// Both as `for_cuts` makes them.
double kinship(const Samples& before, const Samples& here);

/// What `kinship` looks at: brightness, reduced to about 160 pixels.
Samples for_cuts(const Samples& brightness);

/// Whether frames of this brightness show the same things.
bool are_kin(const Samples& one, const Samples& other);

class Cuts {
  public:
    /// The next frame of the film.
    void look(SamplesView frame);
    /// The frames that are the first after a cut, in order, once all have been looked at.
    const std::vector<std::size_t>& found();

  private:
    void decide(bool at_end);

    // From the last frame that is known to belong to the current shot; what follows may still be a flash.
    std::deque<Samples> waiting_;
    std::size_t first_ = 0; // number of the first that waits
    std::vector<std::size_t> found_;
};

} // namespace neural_style
