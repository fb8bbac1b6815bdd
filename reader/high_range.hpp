// SPDX-License-Identifier: GPL-3.0-or-later
/// Tone mapping of PQ and HLG pictures (ITU-R BT.2100) to sRGB.
#pragma once

#include "png_colors.hpp"

#include <neural_style/samples.hpp>

#include <array>
#include <cstddef>
#include <vector>

namespace neural_style::reader {

/// Reference white is 203 cd/m2 (ITU-R BT.2408). Light up to three quarters of it is kept; brighter light is
/// compressed below white, keeping its hue. Of a picture without a high dynamic range only the primaries are
/// converted.
class ToneMap {
  public:
    /// For RGB pixels; `alpha`: a fourth channel, which is copied.
    ToneMap(HighRange range, const Primaries& primaries, Sample sample, bool alpha);
    void row(const std::byte* from, std::byte* to, std::size_t pixels);

  private:
    HighRange range_;
    std::array<std::array<double, 3>, 3> to_srgb_;
    Sample sample_;
    std::size_t channels_;
    std::vector<float> floats_;
};

} // namespace neural_style::reader
