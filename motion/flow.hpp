// SPDX-License-Identifier: GPL-3.0-or-later
/// Where what a frame shows was in another frame of the film.
///
///     const auto before = brightness(frames[0]), here = brightness(frames[1]);
///     const auto [back, forth] = flows(before, here);
///     // What `here` shows at (x, y), `before` shows at (x + back.at(x, y)[0], y + back.at(x, y)[1]).
///
/// The same on any machine, with any number of processor cores.
#pragma once

#include <neural_style/samples.hpp>

#include <cstddef>
#include <vector>

namespace neural_style {

/// For each pixel of one frame the way to what it shows in another.
struct Flow {
    int width = 0;
    int height = 0;
    std::vector<float> ways{}; ///< across and down, in pixels, for each pixel; rows without padding

    const float* at(int x, int y) const { return ways.data() + (std::size_t(y) * width + x) * 2; }
    float* at(int x, int y) { return ways.data() + (std::size_t(y) * width + x) * 2; }
    /// Whether a place lies among the pixels; one that is not a number does not.
    bool covers(float x, float y) const {
        return x >= 0 && y >= 0 && x <= float(width - 1) && y <= float(height - 1);
    }
};

struct Flows {
    Flow back;  ///< from the later frame's pixels to the earlier frame
    Flow forth; ///< from the earlier frame's pixels to the later one
};

/// How far down motion is followed.
enum class Finest { pixel, every_other_pixel };

/// What the flow looks at: one value of 8 bits for each pixel, of a frame of any kind of samples.
Samples brightness(SamplesView frame);

/// Dense inverse search (Kroeger, Timofte, Dai, Van Gool 2016), both ways, of the brightness of two frames of
/// one size, at least 16 x 16 pixels. Nothing moves between equal frames. 640 x 360 down to each pixel: 60 ms
/// on two cores; down to every other one a third.
Flows flows(const Samples& before, const Samples& here, Finest finest = Finest::pixel);

/// Nothing moves.
Flow still(int width, int height);

} // namespace neural_style
