// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture_file.hpp"

#include "picture_sentences.hpp"

#include <array>
#include <new>

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

} // namespace

Result<Picture> load_picture(ReaderProcess& reader, const std::filesystem::path& path) try {
    Picture picture;
    const Babl* format = nullptr;
    const auto head =
        reader.read(path, [&](const PictureHead& now, int row, std::span<const std::byte> rows) {
            if (!picture.buffer) {
                const GeglRectangle extent{0, 0, now.width, now.height};
                format = format_of(now, true);
                if (!format) {
                    format = format_of(now, false);
                    picture.notes.push_back(sentence_of({reader::Note::profile_ignored}, path.string()));
                }
                picture.buffer = GObjectPointer<GeglBuffer>(gegl_buffer_new(&extent, format));
            }
            const GeglRectangle band{0, row, now.width, int(rows.size() / now.row_bytes())};
            gegl_buffer_set(picture.buffer.get(), &band, 0, format, rows.data(), GEGL_AUTO_ROWSTRIDE);
        });
    if (!head)
        return std::unexpected(head.error());
    for (const auto& remark : head->notes)
        picture.notes.push_back(sentence_of(remark, path.string()));
    picture.profile = head->profile;
    picture.dots_per_inch = head->dots_per_inch;
    picture.left = head->left;
    picture.top = head->top;
    return picture;
} catch (const std::bad_alloc&) {
    return std::unexpected(error_of({reader::Reason::no_memory}, path.string()));
}

Result<Picture> load_picture(const std::filesystem::path& path) {
    ReaderProcess reader;
    return load_picture(reader, path);
}

} // namespace neural_style
