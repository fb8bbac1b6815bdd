// SPDX-License-Identifier: GPL-3.0-or-later
#include "film_source.hpp"

#include <array>
#include <string_view>
#include <unistd.h>

namespace neural_style::film_files {

std::unique_ptr<FilmSource> opened_source(const SourceWish& wish) {
    std::array<char, 12> head{};
    const ssize_t count = pread(wish.descriptor, head.data(), head.size(), 0);
    const std::string_view text(head.data(), count < 0 ? 0 : std::size_t(count));
    const bool animation = text.starts_with("GIF8") || (text.starts_with("RIFF") && text.ends_with("WEBP"));
    return animation ? decoded_animation(wish) : decoded_film(wish);
}

} // namespace neural_style::film_files
