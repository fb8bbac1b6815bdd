// SPDX-License-Identifier: GPL-3.0-or-later
/// Converts plain sRGB integers to floats and back without babl.
///
/// babl searches for the best conversion when a process first needs it. With alpha the first search takes a
/// quarter of a second, on every call of a GIMP plug-in, for the most common kind of layer.
///
///     if (auto direct = DirectSamples::of(gegl_buffer_get_format(layer)))
///         direct->to_floats(bytes, 4 * pixels, floats);
#pragma once

#include <neural_style/samples.hpp>

#include <babl/babl.h>
#include <cstddef>
#include <optional>

namespace neural_style {

/// For R'G'B' and R~G~B~ with the sRGB primaries, with straight alpha or without, in 8 or 16 bits: every
/// component is 0..1, and alpha scales like a colour.
class DirectSamples {
  public:
    /// Nothing for any other format.
    static std::optional<DirectSamples> of(const Babl* format);

    /// Of every component.
    Sample sample() const { return sample_; }
    /// `count` components, not pixels.
    void to_floats(const std::byte* samples, std::size_t count, float* floats) const;
    /// Clamped to 0..1 and rounded to nearest; NaN becomes 0.
    void from_floats(const float* floats, std::size_t count, std::byte* samples) const;

  private:
    explicit DirectSamples(Sample sample) : sample_(sample) {}
    Sample sample_; // u8 or u16
};

} // namespace neural_style
