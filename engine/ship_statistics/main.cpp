// SPDX-License-Identifier: GPL-3.0-or-later
/// ship-statistics DATA FILE: computes the statistics of the styles in the folder DATA at build time and
/// writes them to FILE, which is installed with them.
#include "buffer_pixels.hpp"
#include "gegl_session.hpp"
#include "installation.hpp"
#include "new_file.hpp"
#include "picture_file.hpp"
#include "style_catalog.hpp"
#include "take_statistics.hpp"

#include <cstdio>
#include <vector>

namespace {

using namespace neural_style;

Result<std::vector<Image>> pictures_of(const std::filesystem::path& styles) {
    const auto catalog = StyleCatalog::read(styles);
    if (!catalog)
        return std::unexpected(catalog.error());
    std::vector<Image> pictures;
    ReaderProcess reader;
    for (const auto& style : catalog->styles()) {
        const auto file = load_picture(reader, style.file);
        if (!file)
            return std::unexpected(file.error());
        auto pixels = read_pixels(file->buffer.get(), *gegl_buffer_get_extent(file->buffer.get()));
        if (!pixels)
            return std::unexpected(pixels.error());
        pictures.push_back(std::move(pixels->image));
    }
    return pictures;
}

Result<void> ship(const std::filesystem::path& data, const std::filesystem::path& file) {
    const GeglSession gegl;
    const auto pictures = pictures_of(data / "styles");
    if (!pictures)
        return std::unexpected(pictures.error());
    OpenOptions options;
    open_from(data, options);
    const auto bytes = take_statistics(options, std::vector<ImageView>(pictures->begin(), pictures->end()));
    if (!bytes)
        return std::unexpected(bytes.error());
    return write_new_file(file, std::as_bytes(std::span(*bytes)));
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: ship-statistics DATA FILE\n", stderr);
        return 2;
    }
    if (const auto shipped = ship(argv[1], argv[2]); !shipped) {
        std::fprintf(stderr, "ship-statistics: %s\n", shipped.error().message.c_str());
        return 1;
    }
}
