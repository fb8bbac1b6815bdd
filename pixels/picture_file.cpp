// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture_file.hpp"

#include "picture_sentences.hpp"
#include "translation.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <optional>
#include <unistd.h>
#include <utility>
#include <vector>

namespace neural_style {
namespace {

/// nullptr if babl cannot make a space of the head's profile.
const Babl* format_of(const PictureHead& head, bool with_space) {
    const Babl* space = nullptr;
    if (with_space && !head.space.empty()) {
        const char* error = nullptr;
        space = babl_space_from_icc(reinterpret_cast<const char*>(head.space.data()), int(head.space.size()),
                                    BABL_ICC_INTENT_RELATIVE_COLORIMETRIC, &error);
        if (!space)
            return nullptr;
    }
    constexpr std::array<const char*, 4> encoded{"Y'", "Y'A", "R'G'B'", "R'G'B'A"},
        linear{"Y", "YA", "RGB", "RGBA"};
    constexpr std::array<const char*, 3> samples{" u8", " u16", " float"};
    const auto& models = head.linear ? linear : encoded;
    const std::string name =
        std::string(models[std::size_t(head.channels - 1)]) + samples[std::size_t(head.sample)];
    return babl_format_with_space(name.c_str(), space);
}

/// Rows on their way into a buffer. Where GEGL can count the bytes, which it does in an int, the buffer is
/// one stretch of memory: filling tiles takes longer than decoding.
class Filling {
  public:
    Filling(const PictureHead& head, const Babl* format)
        : format_(format), width_(head.width), row_bytes_(head.row_bytes()) {
        const GeglRectangle extent{0, 0, head.width, head.height};
        const std::size_t bytes = row_bytes_ * std::size_t(head.height);
        if (bytes > std::size_t(std::numeric_limits<int>::max())) {
            buffer_.reset(gegl_buffer_new(&extent, format));
            return;
        }
        rows_ = new std::byte[bytes];
        buffer_.reset(gegl_buffer_linear_new_from_data(
            rows_, format, &extent, int(row_bytes_),
            [](void* rows) { delete[] static_cast<std::byte*>(rows); }, rows_));
    }

    /// As `ReaderProcess::Take`.
    std::byte* room(int row, std::size_t bytes) {
        if (rows_)
            return rows_ + row_bytes_ * std::size_t(row);
        put_band();
        band_.resize(bytes);
        band_row_ = row;
        return band_.data();
    }

    GObjectPointer<GeglBuffer> buffer() {
        put_band();
        return std::move(buffer_);
    }

  private:
    void put_band() {
        const GeglRectangle area{0, band_row_, width_, int(band_.size() / row_bytes_)};
        if (!band_.empty())
            gegl_buffer_set(buffer_.get(), &area, 0, format_, band_.data(), GEGL_AUTO_ROWSTRIDE);
        band_.clear();
    }

    const Babl* format_;
    int width_;
    std::size_t row_bytes_;
    std::byte* rows_ = nullptr;   ///< the buffer's
    std::vector<std::byte> band_; ///< without `rows_`: what comes at the moment
    int band_row_ = 0;
    GObjectPointer<GeglBuffer> buffer_;
};

} // namespace

Result<Picture> load_picture(ReaderProcess& reader, const std::filesystem::path& path, PictureWish wish) try {
    const bool from_standard_input = path == "-";
    const std::string name = from_standard_input ? _("standard input") : path.string();
    Picture picture;
    std::optional<Filling> filling;
    const auto take = [&](const PictureHead& now, int row, std::size_t bytes) {
        if (!filling) {
            const Babl* format = format_of(now, true);
            if (!format) {
                format = format_of(now, false);
                picture.notes.push_back(sentence_of({reader::Note::profile_ignored}, name));
            }
            filling.emplace(now, format);
        }
        return filling->room(row, bytes);
    };
    const auto head =
        from_standard_input ? reader.read(STDIN_FILENO, name, take, wish) : reader.read(path, take, wish);
    if (!head)
        return std::unexpected(head.error());
    picture.buffer = filling->buffer();
    for (const auto& remark : head->notes)
        picture.notes.push_back(sentence_of(remark, name));
    picture.profile = head->profile;
    picture.metadata = head->metadata;
    picture.color_code = head->color_code;
    picture.dots_per_inch = head->dots_per_inch;
    picture.left = head->left;
    picture.top = head->top;
    picture.pixel_aspect = head->pixel_aspect;
    return picture;
} catch (const std::bad_alloc&) {
    return std::unexpected(error_of({reader::Reason::no_memory}, path.string()));
}

Result<Picture> load_picture(const std::filesystem::path& path) {
    ReaderProcess reader;
    return load_picture(reader, path);
}

} // namespace neural_style
