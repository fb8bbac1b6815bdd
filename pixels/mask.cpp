// SPDX-License-Identifier: GPL-3.0-or-later
#include "mask.hpp"

#include "hidden_colors.hpp"
#include "translation.hpp"

#include <algorithm>
#include <cstddef>
#include <new>
#include <string>
#include <string_view>

namespace neural_style {
namespace {

/// Rows converted at once: a few megabytes.
constexpr int band_rows = 64;

/// Smaller differences in brightness vanish in 8 bits.
constexpr float same_brightness = 0.5f / 255;

float clamped(float value) {
    return value > 0 ? std::min(value, 1.0f) : 0.0f; // NaN is not > 0
}

/// Calls `take(row, values)` for each row of `area`, `components` floats a pixel.
template <typename Take>
void each_row(GeglBuffer* buffer, const GeglRectangle& area, const Babl* format, int components, Take take) {
    std::vector<float> band(std::size_t(area.width) * std::min(band_rows, area.height) * components);
    for (int top = 0; top < area.height; top += band_rows) {
        const int rows = std::min(band_rows, area.height - top);
        const GeglRectangle piece{area.x, area.y + top, area.width, rows};
        gegl_buffer_get(buffer, &piece, 1.0, format, band.data(), GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
        for (int row = 0; row < rows; ++row)
            take(top + row, band.data() + std::size_t(row) * area.width * components);
    }
}

/// Whether only alpha distinguishes the buffer's pixels. Checks the whole buffer, so that the result is the
/// same for every area.
bool only_alpha_varies(GeglBuffer* buffer, const Babl* format) {
    float darkest = 2, brightest = -1, least = 2, most = -1;
    const GeglRectangle& extent = *gegl_buffer_get_extent(buffer);
    each_row(buffer, extent, format, 2, [&](int, const float* values) {
        for (int x = 0; x < extent.width; ++x) {
            const float alpha = clamped(values[2 * x + 1]), brightness = clamped(values[2 * x]);
            least = std::min(least, alpha);
            most = std::max(most, alpha);
            if (alpha < hidden_alpha)
                continue;
            darkest = std::min(darkest, brightness);
            brightest = std::max(brightest, brightness);
        }
    });
    return most - least > same_brightness && brightest - darkest <= same_brightness;
}

} // namespace

Result<std::vector<float>> read_mask(GeglBuffer* buffer, const GeglRectangle& area) try {
    if (area.width <= 0 || area.height <= 0)
        return failure(ErrorCode::invalid_request, _("The mask is empty: choose a larger part."));
    std::vector<float> mask(std::size_t(area.width) * area.height);
    const Babl* stored = gegl_buffer_get_format(buffer);
    const Babl* space = babl_format_get_space(stored);
    if (babl_format_get_n_components(stored) == 1 && !babl_format_has_alpha(stored)) {
        // "Y u8" is linear, "Y' u8" and "Y~ u8" are not; unchanged values need the same curve.
        const std::string_view name = babl_get_name(stored);
        const char* values = name.starts_with("Y~")   ? "Y~ float"
                             : name.starts_with("Y'") ? "Y' float"
                                                      : "Y float";
        each_row(buffer, area, babl_format_with_space(values, space), 1, [&](int row, const float* from) {
            std::transform(from, from + area.width, mask.begin() + std::ptrdiff_t(row) * area.width, clamped);
        });
        return mask;
    }
    const Babl* format = babl_format("Y'A float");
    const bool alpha_alone = babl_format_has_alpha(stored) && only_alpha_varies(buffer, format);
    each_row(buffer, area, format, 2, [&](int row, const float* from) {
        float* to = mask.data() + std::size_t(row) * area.width;
        for (int x = 0; x < area.width; ++x) {
            const float alpha = clamped(from[2 * x + 1]);
            to[x] = alpha_alone ? alpha : alpha * clamped(from[2 * x]);
        }
    });
    return mask;
} catch (const std::bad_alloc&) {
    return failure(
        ErrorCode::out_of_memory,
        _("There is not enough memory for a mask: close other programs or use a smaller picture."));
}

} // namespace neural_style
