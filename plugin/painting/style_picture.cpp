// SPDX-License-Identifier: GPL-3.0-or-later
#include "style_picture.hpp"

#include "buffer_pixels.hpp"
#include "message.hpp"
#include "picture_file.hpp"
#include "style_catalog.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <gegl.h>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace neural_style::plugin {
namespace {

/// More than any layer needs; larger styles are reduced while they are read.
constexpr double style_pixels_max = 50e6;

/// In its own format, with at most `style_pixels_max` pixels.
GObjectPointer<GeglBuffer> bounded(GObjectPointer<GeglBuffer> picture) {
    const GeglRectangle whole = *gegl_buffer_get_extent(picture.get());
    const double pixels = double(whole.width) * whole.height;
    if (pixels <= style_pixels_max)
        return picture;
    const double scale = std::sqrt(style_pixels_max / pixels);
    const Babl* format = gegl_buffer_get_format(picture.get());
    const int width = std::max(1, int(whole.width * scale)), height = std::max(1, int(whole.height * scale));
    const GeglRectangle small{0, 0, width, height};
    GObjectPointer<GeglBuffer> copy(gegl_buffer_new(&small, format));
    // In strips, so that its samples are not in memory twice.
    constexpr int strip = 64;
    std::vector<std::byte> rows(std::size_t(width) * strip *
                                std::size_t(babl_format_get_bytes_per_pixel(format)));
    for (int y = 0; y < height; y += strip) {
        const GeglRectangle part{0, y, width, std::min(strip, height - y)};
        gegl_buffer_get(picture.get(), &part, scale, format, rows.data(), GEGL_AUTO_ROWSTRIDE,
                        GEGL_ABYSS_CLAMP);
        gegl_buffer_set(copy.get(), &part, 0, format, rows.data(), GEGL_AUTO_ROWSTRIDE);
    }
    return copy;
}

Result<protocol::NamedPicture> picture_in_file(const std::filesystem::path& path) {
    auto file = load_picture(path);
    if (!file)
        return std::unexpected(file.error());
    const auto picture = bounded(std::move(file->buffer));
    auto pixels = read_samples(picture.get(), *gegl_buffer_get_extent(picture.get()));
    if (!pixels)
        return std::unexpected(pixels.error());
    return protocol::NamedPicture(std::move(pixels->image));
}

std::string text_of(const nlohmann::json& record) {
    return record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<ReadStyle> read(const StyleName& style, const std::filesystem::path& styles_folder) {
    const auto bundled = bundled_style(style.name, styles_folder);
    if (!bundled)
        return std::unexpected(bundled.error());
    auto picture = picture_in_file(bundled->file);
    if (!picture)
        return std::unexpected(picture.error());
    return ReadStyle{.picture = *std::move(picture), .record = text_of({{"name", style.name}})};
}

Result<ReadStyle> read(const StyleFile& style) {
    auto picture = picture_in_file(style.path);
    if (!picture)
        return std::unexpected(picture.error());
    auto record = text_of({{"file", style.path.filename().string()}, {"hash", picture->name()}});
    return ReadStyle{.picture = *std::move(picture), .record = std::move(record)};
}

Result<ReadStyle> read(const StyleLayer& style, Host& host) {
    auto layer = host.style_layer(style.id);
    if (!layer)
        return std::unexpected(layer.error());
    protocol::NamedPicture picture(std::move(layer->picture));
    auto record = text_of({{"layer", layer->name}, {"hash", picture.name()}});
    return ReadStyle{.picture = std::move(picture), .record = std::move(record)};
}

} // namespace

Result<ReadStyle> style_picture(const StyleChoice& choice, const std::filesystem::path& styles_folder,
                                Host& host) {
    return std::visit(protocol::overloaded{
                          [&](const StyleName& style) { return read(style, styles_folder); },
                          [&](const StyleFile& style) { return read(style); },
                          [&](const StyleLayer& style) { return read(style, host); },
                      },
                      choice);
}

} // namespace neural_style::plugin
