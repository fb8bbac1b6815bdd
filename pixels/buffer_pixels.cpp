// SPDX-License-Identifier: GPL-3.0-or-later
#include "buffer_pixels.hpp"

#include "hidden_colors.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <optional>

namespace neural_style {
namespace {

/// Rows read or written at once: GEGL's tiles are 128 rows high by default and GIMP's 64.
constexpr int band_height = 128;

/// Source pixels exactly as `read_pixels` sees them, before hidden colours are filled.
const Babl* reading_format(bool alpha) {
    // Without a space: sRGB primaries and curve; babl converts from the buffer's own.
    return babl_format(alpha ? "R'G'B'A float" : "R'G'B' float");
}

bool has_alpha(GeglBuffer* buffer) {
    return babl_format_has_alpha(gegl_buffer_get_format(buffer));
}

/// The rows of an area, a band at a time: visit(first row, rows).
template <typename Visit>
void for_each_band(int height, Visit visit) {
    for (int row = 0; row < height; row += band_height)
        visit(row, std::min(band_height, height - row));
}

bool same_bits(const float* a, const float* b, std::size_t count) {
    return std::memcmp(a, b, count * sizeof(float)) == 0;
}

/// Puts the source's own bytes back where the painting did not change what was read.
class SourceKeeper {
  public:
    SourceKeeper(const PaintingSource& source, const Babl* target, int width)
        : source_(source), target_(target), width_(width), with_alpha_(has_alpha(source.buffer)),
          target_alpha_(babl_format_has_alpha(target)), bytes_(babl_format_get_bytes_per_pixel(target)),
          alpha_bytes_(bytes_ / babl_format_get_n_components(target)),
          read_(std::size_t(width) * band_height * (with_alpha_ ? 4 : 3)),
          stored_(std::size_t(width) * band_height * bytes_) {}

    /// `painted` holds the band in the target's format; `colors` and `alpha` (may be null) are what it was
    /// made of.
    void restore(int row, int rows, const float* colors, const float* alpha, std::byte* painted) {
        const GeglRectangle area{source_.x, source_.y + row, width_, rows};
        gegl_buffer_get(source_.buffer, &area, 1.0, reading_format(with_alpha_), read_.data(),
                        GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
        gegl_buffer_get(source_.buffer, &area, 1.0, target_, stored_.data(), GEGL_AUTO_ROWSTRIDE,
                        GEGL_ABYSS_NONE);
        const std::size_t channels = with_alpha_ ? 4 : 3;
        const std::size_t count = std::size_t(width_) * rows;
        for (std::size_t i = 0; i < count; ++i) {
            const float* read = read_.data() + i * channels;
            const float read_alpha = with_alpha_ ? read[3] : 1.0f;
            const float new_alpha = alpha ? alpha[i] : 1.0f;
            if (target_alpha_ && !same_bits(&read_alpha, &new_alpha, 1))
                continue;
            std::byte* out = painted + i * bytes_;
            const std::byte* in = stored_.data() + i * bytes_;
            if (same_bits(read, colors + i * 3, 3))
                std::memcpy(out, in, bytes_);
            else if (target_alpha_) // alpha is the last component in every babl model
                std::memcpy(out + bytes_ - alpha_bytes_, in + bytes_ - alpha_bytes_, alpha_bytes_);
        }
    }

  private:
    PaintingSource source_;
    const Babl* target_;
    int width_;
    bool with_alpha_;
    bool target_alpha_;
    std::size_t bytes_;
    std::size_t alpha_bytes_;
    std::vector<float> read_;
    std::vector<std::byte> stored_;
};

} // namespace

Result<BufferPixels> read_pixels(GeglBuffer* buffer, const GeglRectangle& area) try {
    if (area.width <= 0 || area.height <= 0)
        return failure(ErrorCode::invalid_request,
                       "There are no pixels to read: choose a picture that is not empty.");
    BufferPixels pixels{.image = Image(area.width, area.height), .alpha = {}};
    const std::size_t width = area.width;
    if (!has_alpha(buffer)) {
        for_each_band(area.height, [&](int row, int rows) {
            const GeglRectangle band{area.x, area.y + row, area.width, rows};
            gegl_buffer_get(buffer, &band, 1.0, reading_format(false), pixels.image.pixel(0, row),
                            GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
        });
    } else {
        pixels.alpha.resize(width * area.height);
        std::vector<float> read(width * std::min(band_height, area.height) * 4);
        for_each_band(area.height, [&](int row, int rows) {
            const GeglRectangle band{area.x, area.y + row, area.width, rows};
            gegl_buffer_get(buffer, &band, 1.0, reading_format(true), read.data(), GEGL_AUTO_ROWSTRIDE,
                            GEGL_ABYSS_NONE);
            float* color = pixels.image.pixel(0, row);
            float* alpha = pixels.alpha.data() + row * width;
            for (std::size_t i = 0; i < width * rows; ++i) {
                std::memcpy(color + i * 3, read.data() + i * 4, 3 * sizeof(float));
                alpha[i] = read[i * 4 + 3];
            }
        });
    }
    fill_hidden_colors(pixels.image, pixels.alpha);
    return pixels;
} catch (const std::bad_alloc&) {
    return failure(
        ErrorCode::out_of_memory,
        "There is not enough memory to read the picture: close other programs or use a smaller picture.");
}

Result<void> write_pixels(GeglBuffer* buffer, int x, int y, ImageView painting, std::span<const float> alpha,
                          const PaintingSource& source) try {
    if (painting.empty())
        return failure(ErrorCode::invalid_request, "There is no painting to write.");
    if (!alpha.empty() && alpha.size() * 3 != painting.samples())
        return failure(ErrorCode::invalid_request, "The alpha channel has another size than the painting.");
    const Babl* target = gegl_buffer_get_format(buffer);
    const std::size_t width = painting.width;
    const std::size_t band_rows = std::min(band_height, painting.height);
    const Babl* to_target = babl_fish(reading_format(!alpha.empty()), target);
    std::vector<std::byte> painted(width * band_rows * babl_format_get_bytes_per_pixel(target));
    std::vector<float> with_alpha(alpha.empty() ? 0 : width * band_rows * 4);
    std::optional<SourceKeeper> keeper;
    if (source.buffer)
        keeper.emplace(source, target, painting.width);
    for_each_band(painting.height, [&](int row, int rows) {
        const float* colors = painting.pixel(0, row);
        const float* band_alpha = alpha.empty() ? nullptr : alpha.data() + row * width;
        const std::size_t count = width * rows;
        if (band_alpha)
            for (std::size_t i = 0; i < count; ++i) {
                std::memcpy(with_alpha.data() + i * 4, colors + i * 3, 3 * sizeof(float));
                with_alpha[i * 4 + 3] = band_alpha[i];
            }
        babl_process(to_target, band_alpha ? with_alpha.data() : colors, painted.data(), long(count));
        if (keeper)
            keeper->restore(row, rows, colors, band_alpha, painted.data());
        const GeglRectangle band{x, y + row, painting.width, rows};
        gegl_buffer_set(buffer, &band, 0, target, painted.data(), GEGL_AUTO_ROWSTRIDE);
    });
    return {};
} catch (const std::bad_alloc&) {
    return failure(
        ErrorCode::out_of_memory,
        "There is not enough memory to write the painting: close other programs or use a smaller picture.");
}

} // namespace neural_style
