// SPDX-License-Identifier: GPL-3.0-or-later
/// A buffer's samples in their own format, a few rows at a time.
///
///     const EncodedRows rows(buffer);
///     rows.read(0, 64, bytes.data());
#pragma once

#include <cstddef>
#include <cstdint>
#include <gegl.h>

namespace neural_style::cli {

class EncodedRows {
  public:
    explicit EncodedRows(GeglBuffer* buffer)
        : buffer_(buffer), format_(gegl_buffer_get_format(buffer)), extent_(*gegl_buffer_get_extent(buffer)) {
    }

    int width() const { return extent_.width; }
    int height() const { return extent_.height; }
    int channels() const { return babl_format_get_n_components(format_); }
    bool alpha() const { return babl_format_has_alpha(format_); }
    /// Of one sample: 1, 2 or 4.
    int bytes() const { return babl_format_get_bytes_per_pixel(format_) / channels(); }
    std::size_t row_bytes() const {
        return std::size_t(width()) * std::size_t(babl_format_get_bytes_per_pixel(format_));
    }
    void read(int first, int count, void* to) const {
        const GeglRectangle rows{extent_.x, extent_.y + first, extent_.width, count};
        gegl_buffer_get(buffer_, &rows, 1.0, format_, to, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
    }

  private:
    GeglBuffer* buffer_;
    const Babl* format_;
    GeglRectangle extent_;
};

} // namespace neural_style::cli
