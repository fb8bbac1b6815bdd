// SPDX-License-Identifier: GPL-3.0-or-later
#include "enlarge.hpp"

#include "glib_pointers.hpp"

#include <gegl.h>

namespace neural_style::plugin {

Image enlarge(ImageView image, int width, int height) {
    const Babl* format = babl_format("R'G'B' float");
    const GeglRectangle extent{0, 0, image.width, image.height};
    GObjectPointer<GeglBuffer> buffer(gegl_buffer_new(&extent, format));
    gegl_buffer_set(buffer.get(), &extent, 0, format, image.data, GEGL_AUTO_ROWSTRIDE);
    GObjectPointer<GeglSampler> sampler(gegl_buffer_sampler_new(buffer.get(), format, GEGL_SAMPLER_CUBIC));
    Image result(width, height);
    const double step_x = double(image.width) / width;
    const double step_y = double(image.height) / height;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            gegl_sampler_get(sampler.get(), (x + 0.5) * step_x, (y + 0.5) * step_y, nullptr,
                             result.pixel(x, y), GEGL_ABYSS_CLAMP);
    return result;
}

} // namespace neural_style::plugin
