// SPDX-License-Identifier: GPL-3.0-or-later
#include "buffer_pixels.hpp"

#include "direct_samples.hpp"
#include "hidden_colors.hpp"
#include "sample_depth.hpp"
#include "translation.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

namespace neural_style {
namespace {

/// Rows processed at once: GEGL's tiles are 128 rows high by default, GIMP's 64.
constexpr int band_height = 128;

/// Source pixels exactly as `read_pixels` reads them, before hidden colours are filled.
const Babl* reading_format(bool alpha) {
    // Without a space: sRGB primaries and curve; babl converts from the buffer's space.
    return babl_format(alpha ? "R'G'B'A float" : "R'G'B' float");
}

/// Splits an area's rows into bands: visit(first row, rows).
template <typename Visit>
void for_each_band(int height, Visit visit) {
    for (int row = 0; row < height; row += band_height)
        visit(row, std::min(band_height, height - row));
}

bool same_bits(const float* a, const float* b, std::size_t count) {
    return std::memcmp(a, b, count * sizeof(float)) == 0;
}

/// Reads areas of a buffer as floats with three components, or four if the buffer has alpha.
class AreaReader {
  public:
    explicit AreaReader(GeglBuffer* buffer)
        : buffer_(buffer), format_(gegl_buffer_get_format(buffer)), direct_(DirectSamples::of(format_)) {}

    std::size_t channels() const { return babl_format_has_alpha(format_) ? 4 : 3; }

    void read(const GeglRectangle& area, float* floats) {
        if (!direct_) {
            gegl_buffer_get(buffer_, &area, 1.0, reading_format(channels() == 4), floats, GEGL_AUTO_ROWSTRIDE,
                            GEGL_ABYSS_NONE);
            return;
        }
        direct_->to_floats(stored(area), std::size_t(area.width) * area.height * channels(), floats);
    }

    /// The area in samples of that type, colours and alpha separately.
    void read(const GeglRectangle& area, Sample sample, std::byte* colors, std::byte* alpha) {
        const std::size_t pixels = std::size_t(area.width) * area.height;
        const std::byte* from = nullptr;
        if (direct_ && direct_->sample() == sample) {
            if (channels() == 3) {
                gegl_buffer_get(buffer_, &area, 1.0, format_, colors, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
                return;
            }
            from = stored(area);
        } else {
            floats_.resize(pixels * channels());
            read(area, floats_.data());
            packed_.resize(floats_.size() * sample_bytes(sample));
            pack(floats_, sample, packed_.data());
            from = packed_.data();
        }
        const std::size_t color_bytes = 3 * sample_bytes(sample);
        if (channels() == 3) {
            std::memcpy(colors, from, pixels * color_bytes);
            return;
        }
        for (std::size_t i = 0; i < pixels; ++i) {
            std::memcpy(colors, from, color_bytes);
            std::memcpy(alpha, from + color_bytes, sample_bytes(sample));
            colors += color_bytes;
            alpha += sample_bytes(sample);
            from += color_bytes + sample_bytes(sample);
        }
    }

  private:
    /// The area's stored bytes, valid until the next call.
    const std::byte* stored(const GeglRectangle& area) {
        stored_.resize(std::size_t(area.width) * area.height * babl_format_get_bytes_per_pixel(format_));
        gegl_buffer_get(buffer_, &area, 1.0, format_, stored_.data(), GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
        return stored_.data();
    }

    GeglBuffer* buffer_;
    const Babl* format_;
    std::optional<DirectSamples> direct_;
    Bytes stored_;
    std::vector<float> floats_;
    Bytes packed_;
};

/// Encodes floats, with or without alpha, in a format.
class PixelEncoder {
  public:
    PixelEncoder(const Babl* target, bool alpha) : channels_(alpha ? 4 : 3) {
        if (bool(babl_format_has_alpha(target)) == alpha)
            direct_ = DirectSamples::of(target);
        if (!direct_)
            fish_ = babl_fish(reading_format(alpha), target);
    }
    void encode(const float* floats, std::size_t pixels, std::byte* encoded) const {
        if (direct_)
            direct_->from_floats(floats, pixels * channels_, encoded);
        else
            babl_process(fish_, floats, encoded, long(pixels));
    }

  private:
    std::size_t channels_;
    std::optional<DirectSamples> direct_;
    const Babl* fish_ = nullptr;
};

/// The model's name without the A of straight alpha: "R'G'B'" for "R'G'B'A". Premultiplied models keep it.
std::string_view color_model(const Babl* format) {
    std::string_view model = babl_get_name(babl_format_get_model(format));
    if (babl_format_has_alpha(format) && model.ends_with('A'))
        model.remove_suffix(1);
    return model;
}

/// Whether both store colours in the same bytes, with or without alpha.
bool same_colors(const Babl* a, const Babl* b) {
    return color_model(a) == color_model(b) && babl_format_get_space(a) == babl_format_get_space(b) &&
           babl_format_get_type(a, 0) == babl_format_get_type(b, 0);
}

/// Restores the source's bytes where the painting equals what was read.
class SourceKeeper {
  public:
    SourceKeeper(const PaintingSource& source, const Babl* target, int width, int rows)
        : source_(source), reader_(source.buffer), source_format_(gegl_buffer_get_format(source.buffer)),
          target_format_(target), width_(width) {
        // babl's conversion between pixels with and without alpha is not always exact (R'G'B' u16 to R'G'B'A
        // u16 in Adobe RGB is off by up to 178 of 65535), so equal colour bytes are copied directly.
        stored_format_ = same_colors(source_format_, target) ? source_format_ : target;
        const auto bytes = [](const Babl* format) {
            return std::size_t(babl_format_get_bytes_per_pixel(format));
        };
        target_bytes_ = bytes(target);
        stored_bytes_ = bytes(stored_format_);
        kept_bytes_ = std::min(stored_bytes_, target_bytes_);
        alpha_bytes_ = target_bytes_ / babl_format_get_n_components(target);
        read_.resize(std::size_t(width) * rows * channels());
        stored_.resize(std::size_t(width) * rows * stored_bytes_);
    }

    /// `painted` holds the band in the target's format; `colors` and `alpha` (may be null) are its source
    /// values.
    void restore(int row, int rows, const float* colors, const float* alpha, std::byte* painted) {
        const GeglRectangle area{source_.x, source_.y + row, width_, rows};
        reader_.read(area, read_.data());
        gegl_buffer_get(source_.buffer, &area, 1.0, stored_format_, stored_.data(), GEGL_AUTO_ROWSTRIDE,
                        GEGL_ABYSS_NONE);
        const std::size_t count = std::size_t(width_) * rows;
        const std::size_t step = channels();
        const bool with_alpha = target_alpha();
        const bool stored_alpha = babl_format_has_alpha(stored_format_);
        for (std::size_t i = 0; i < count; ++i) {
            const float* read = read_.data() + i * step;
            const float read_alpha = step == 4 ? read[3] : 1.0f;
            const float new_alpha = alpha ? alpha[i] : 1.0f;
            if (with_alpha && !same_bits(&read_alpha, &new_alpha, 1))
                continue;
            std::byte* out = painted + i * target_bytes_;
            const std::byte* in = stored_.data() + i * stored_bytes_;
            if (same_bits(read, colors + i * 3, 3))
                std::memcpy(out, in,
                            kept_bytes_);        // if only the target has alpha, the painting is opaque
            else if (with_alpha && stored_alpha) // alpha is the last component of every model
                std::memcpy(out + target_bytes_ - alpha_bytes_, in + stored_bytes_ - alpha_bytes_,
                            alpha_bytes_);
        }
    }

  private:
    bool target_alpha() const { return babl_format_has_alpha(target_format_); }
    std::size_t channels() const { return reader_.channels(); }

    PaintingSource source_;
    AreaReader reader_;
    const Babl* source_format_;
    const Babl* target_format_;
    const Babl* stored_format_; ///< the source's or the target's, whichever keeps colours exact
    int width_;
    std::size_t target_bytes_;
    std::size_t stored_bytes_;
    std::size_t kept_bytes_;
    std::size_t alpha_bytes_;
    std::vector<float> read_;
    std::vector<std::byte> stored_;
};

/// Bytes in pages of 2 MB, where the kernel has them: 72 MB of fresh memory cost 0.2 s in pages of 4 KB
/// (Linux 6.18, two cores of a virtual machine).
Bytes large_room(std::size_t count) {
    Bytes bytes;
    bytes.reserve(count);
    const auto page = std::uintptr_t(sysconf(_SC_PAGESIZE));
    const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data() + page - 1) / page * page;
    const auto end = reinterpret_cast<std::uintptr_t>(bytes.data() + count) / page * page;
    if (begin < end)
        madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
    bytes.resize(count);
    return bytes;
}

std::unexpected<Error> nothing_to_read() {
    return failure(ErrorCode::invalid_request,
                   _("There are no pixels to read: choose a picture that is not empty."));
}

/// Some values of a view as floats: the view's own if it holds floats, else a copy in `room`.
const float* floats_of(const SamplesView& view, std::size_t first, std::size_t count,
                       std::vector<float>& room) {
    if (const float* own = view.floats())
        return own + first;
    room.resize(count);
    view.read(first, count, room.data());
    return room.data();
}

std::unexpected<Error> no_memory_to_read() {
    return failure(
        ErrorCode::out_of_memory,
        _("There is not enough memory to read the picture: close other programs or use a smaller picture."));
}

std::unexpected<Error> no_memory_to_write() {
    return failure(ErrorCode::out_of_memory, _("There is not enough memory to write the painting: close "
                                               "other programs or use a smaller picture."));
}

} // namespace

Result<BufferSamples> read_samples(GeglBuffer* buffer, const GeglRectangle& area) try {
    if (area.width <= 0 || area.height <= 0)
        return nothing_to_read();
    const Sample sample = sample_depth(gegl_buffer_get_format(buffer));
    const std::size_t width = area.width, bytes = sample_bytes(sample);
    AreaReader reader(buffer);
    BufferSamples pixels{.image = {.sample = sample,
                                   .width = area.width,
                                   .height = area.height,
                                   .bytes = large_room(width * area.height * 3 * bytes)},
                         .alpha = {}};
    if (reader.channels() == 4) {
        pixels.alpha = {.sample = sample,
                        .width = area.width,
                        .height = area.height,
                        .channels = mask_channels,
                        .bytes = {}};
        pixels.alpha.bytes = large_room(width * area.height * bytes);
    }
    for_each_band(area.height, [&](int row, int rows) {
        reader.read({area.x, area.y + row, area.width, rows}, sample,
                    pixels.image.bytes.data() + row * width * 3 * bytes,
                    pixels.alpha.empty() ? nullptr : pixels.alpha.bytes.data() + row * width * bytes);
    });
    fill_hidden_colors(pixels.image, pixels.alpha);
    return pixels;
} catch (const std::bad_alloc&) {
    return no_memory_to_read();
}

Result<BufferPixels> read_pixels(GeglBuffer* buffer, const GeglRectangle& area) try {
    if (area.width <= 0 || area.height <= 0)
        return nothing_to_read();
    BufferPixels pixels{.image = Image(area.width, area.height), .alpha = {}};
    const std::size_t width = area.width;
    AreaReader reader(buffer);
    if (reader.channels() == 3) {
        for_each_band(area.height, [&](int row, int rows) {
            const GeglRectangle band{area.x, area.y + row, area.width, rows};
            reader.read(band, pixels.image.pixel(0, row));
        });
    } else {
        pixels.alpha.resize(width * area.height);
        std::vector<float> read(width * std::min(band_height, area.height) * 4);
        for_each_band(area.height, [&](int row, int rows) {
            const GeglRectangle band{area.x, area.y + row, area.width, rows};
            reader.read(band, read.data());
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
    return no_memory_to_read();
}

Result<void> write_pixels(GeglBuffer* buffer, int x, int y, SamplesView painting, SamplesView alpha,
                          const PaintingSource& source) try {
    if (painting.empty())
        return failure(ErrorCode::invalid_request, _("There is no painting to write."));
    if (!alpha.empty() && alpha.pixels() != painting.pixels())
        return failure(ErrorCode::invalid_request,
                       _("The alpha channel has another size than the painting."));
    const Babl* target = gegl_buffer_get_format(buffer);
    const std::size_t width = painting.width();
    const int band_rows = std::min(band_height, painting.height());
    const PixelEncoder encoder(target, !alpha.empty());
    std::vector<std::byte> painted(width * band_rows * babl_format_get_bytes_per_pixel(target));
    std::vector<float> color_room, alpha_room;
    std::vector<float> with_alpha(alpha.empty() ? 0 : width * band_rows * 4);
    std::optional<SourceKeeper> keeper;
    if (source.buffer)
        keeper.emplace(source, target, painting.width(), band_rows);
    for_each_band(painting.height(), [&](int row, int rows) {
        const std::size_t count = width * rows;
        const float* colors = floats_of(painting, row * width * 3, count * 3, color_room);
        const float* band_alpha = alpha.empty() ? nullptr : floats_of(alpha, row * width, count, alpha_room);
        if (band_alpha)
            for (std::size_t i = 0; i < count; ++i) {
                std::memcpy(with_alpha.data() + i * 4, colors + i * 3, 3 * sizeof(float));
                with_alpha[i * 4 + 3] = band_alpha[i];
            }
        encoder.encode(band_alpha ? with_alpha.data() : colors, count, painted.data());
        if (keeper)
            keeper->restore(row, rows, colors, band_alpha, painted.data());
        const GeglRectangle band{x, y + row, painting.width(), rows};
        gegl_buffer_set(buffer, &band, 0, target, painted.data(), GEGL_AUTO_ROWSTRIDE);
    });
    return {};
} catch (const std::bad_alloc&) {
    return no_memory_to_write();
}

Result<void> write_samples(GeglBuffer* buffer, int x, int y, const Samples& painting,
                           const Samples& alpha) try {
    const Babl* target = gegl_buffer_get_format(buffer);
    const auto direct = DirectSamples::of(target);
    const bool with_alpha = babl_format_has_alpha(target);
    if (!direct || direct->sample() != painting.sample || with_alpha == alpha.empty() ||
        (with_alpha && (alpha.sample != painting.sample || alpha.width != painting.width ||
                        alpha.height != painting.height)))
        return write_pixels(buffer, x, y, painting, alpha);
    const std::size_t width = painting.width, bytes = sample_bytes(painting.sample);
    Bytes band(with_alpha ? width * std::min(band_height, painting.height) * 4 * bytes : 0);
    for_each_band(painting.height, [&](int row, int rows) {
        const std::byte* colors = painting.bytes.data() + row * width * 3 * bytes;
        if (with_alpha) {
            const std::byte* from = alpha.bytes.data() + row * width * bytes;
            for (std::byte *to = band.data(), *end = to + width * rows * 4 * bytes; to < end;
                 to += 4 * bytes) {
                std::memcpy(to, colors, 3 * bytes);
                std::memcpy(to + 3 * bytes, from, bytes);
                colors += 3 * bytes;
                from += bytes;
            }
            colors = band.data();
        }
        const GeglRectangle area{x, y + row, painting.width, rows};
        gegl_buffer_set(buffer, &area, 0, target, colors, GEGL_AUTO_ROWSTRIDE);
    });
    return {};
} catch (const std::bad_alloc&) {
    return no_memory_to_write();
}

} // namespace neural_style
