// SPDX-License-Identifier: GPL-3.0-or-later
/// The coarsest sample type, as sRGB, that can represent every value of a buffer's format.
///
///     if (sample_depth(gegl_buffer_get_format(layer)) == Sample::u8)
///         send(packed(image, Sample::u8));    // a quarter of the bytes, nothing lost
#pragma once

#include <neural_style/samples.hpp>

#include <babl/babl.h>

namespace neural_style {

/// u8 or u16 only for colour or grey with the sRGB primaries and curve and integers of that size; f32 for all
/// others: values in linear light or other primaries fall between the steps of sRGB integers, and floats may
/// leave 0..1.
Sample sample_depth(const Babl* format);

} // namespace neural_style
