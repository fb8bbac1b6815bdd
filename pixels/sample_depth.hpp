// SPDX-License-Identifier: GPL-3.0-or-later
/// The coarsest kind of sample that still carries everything a buffer's format can hold, as sRGB.
///
///     if (sample_depth(gegl_buffer_get_format(layer)) == SampleDepth::u8)
///         send(as_bytes(image));              // a quarter of the bytes, nothing lost
#pragma once

#include <babl/babl.h>

namespace neural_style {

/// Integers stand for 0..1 with the sRGB curve.
enum class SampleDepth { u8, u16, f32 };

/// u8 or u16 only for colour or grey with the sRGB primaries and curve and integers of that size; f32 for all
/// others: linear light and other primaries lie between the steps of sRGB integers, floats may leave 0..1.
SampleDepth sample_depth(const Babl* format);

} // namespace neural_style
