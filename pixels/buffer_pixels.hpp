// SPDX-License-Identifier: GPL-3.0-or-later
/// Reads a GeglBuffer of any format as engine pixels, and writes a painting back into one.
///
///     auto photo = read_pixels(layer, *gegl_buffer_get_extent(layer));
///     if (!photo)
///         return report(photo.error());
///     Image painting = paint(photo->image);
///     auto written = write_pixels(new_layer, 0, 0, painting, photo->alpha, {.buffer = layer});
///
/// A program that keeps pictures for long, or many of them, reads them in their own samples:
///
///     auto photo = read_samples(layer, *gegl_buffer_get_extent(layer));
///     auto written = write_pixels(new_layer, 0, 0, painting, photo->alpha, {.buffer = layer});
///
/// babl converts between the buffer's format (any component type, curve, ICC profile, grey or colour,
/// straight or premultiplied alpha) and sRGB. Everything works in bands of rows: besides its result a call
/// holds a few megabytes, and at most 5.4 bytes per pixel for filling hidden colours.
#pragma once

#include <neural_style/error.hpp>
#include <neural_style/image.hpp>
#include <neural_style/samples.hpp>

#include <gegl.h>
#include <vector>

namespace neural_style {

/// The engine's input, and the alpha that is set aside for the painting.
struct BufferPixels {
    Image image; ///< sRGB; hidden colours are replaced by a smooth fill, see hidden_colors.hpp
    std::vector<float>
        alpha; ///< one value per pixel as stored, top left first; empty when the buffer has no alpha
};

/// The same in the coarsest samples that hold the buffer without loss, see `sample_depth`.
struct BufferSamples {
    Samples image; ///< hidden colours are replaced by a smooth fill
    Samples alpha; ///< as stored, in the same sample type; empty if the buffer has no alpha
};

/// The source of a painting.
struct PaintingSource {
    GeglBuffer* buffer = nullptr; ///< nullptr: none
    int x = 0;                    ///< the painting's top left pixel in `buffer`
    int y = 0;
};

/// Reads `area`, in the buffer's coordinates; outside the buffer is transparent black. 24 megapixels take 288
/// MB, with alpha 384 MB. Errors: invalid_request (empty area), out_of_memory.
Result<BufferPixels> read_pixels(GeglBuffer* buffer, const GeglRectangle& area);

/// Like `read_pixels`, without an intermediate float picture: 24 megapixels of 8 bits take 72 MB, with alpha
/// 96 MB.
Result<BufferSamples> read_samples(GeglBuffer* buffer, const GeglRectangle& area);

/// Writes `painting` with its top left pixel at (x, y). `alpha` has one value per pixel of the painting;
/// empty: opaque. It is ignored if the buffer has no alpha. babl clamps values that the format cannot hold.
///
/// With a `source`, a pixel whose value is exactly the one that was read is copied from the source, alpha
/// included. So whatever the engine left alone is bit-exact, even where sRGB float32 is too coarse for the
/// buffer (32-bit integer, double, linear light, other primaries).
///
/// Errors: invalid_request (inconsistent sizes), out_of_memory.
Result<void> write_pixels(GeglBuffer* buffer, int x, int y, SamplesView painting, SamplesView alpha = {},
                          const PaintingSource& source = {});

/// The same without a source, and without floats in between where the buffer holds such samples.
Result<void> write_samples(GeglBuffer* buffer, int x, int y, const Samples& painting,
                           const Samples& alpha = {});

} // namespace neural_style
