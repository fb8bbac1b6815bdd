// SPDX-License-Identifier: GPL-3.0-or-later
#include "style_picture.hpp"

#include "buffer_pixels.hpp"
#include "picture_file.hpp"
#include "protocol/message.hpp"
#include "style_catalog.hpp"

#include <gegl.h>
#include <nlohmann/json.hpp>
namespace neural_style::plugin {
namespace {

Result<StylePicture> picture_in_file(const std::filesystem::path& path) {
    auto file = load_picture(path);
    if (!file)
        return std::unexpected(file.error());
    GeglBuffer* buffer = file->buffer.get();
    auto pixels = read_pixels(buffer, *gegl_buffer_get_extent(buffer));
    if (!pixels)
        return std::unexpected(pixels.error());
    return StylePicture{
        .image = std::move(pixels->image), .depth = sample_depth(gegl_buffer_get_format(buffer)), .name = {}};
}

Result<ReadStyle> read(const StyleName& style, const std::filesystem::path& styles_folder) {
    auto catalog = StyleCatalog::read(styles_folder);
    if (!catalog)
        return std::unexpected(catalog.error());
    auto bundled = catalog->find(style.name);
    if (!bundled)
        return std::unexpected(bundled.error());
    auto picture = picture_in_file(bundled->file);
    if (!picture)
        return std::unexpected(picture.error());
    return ReadStyle{.picture = packed(picture->image, picture->depth),
                     .record = nlohmann::json{{"name", style.name}}.dump()};
}

Result<ReadStyle> read(const StyleFile& style) {
    auto picture = picture_in_file(style.path);
    if (!picture)
        return std::unexpected(picture.error());
    ReadStyle result{.picture = packed(picture->image, picture->depth), .record = {}};
    result.record = nlohmann::json{{"file", style.path.filename().string()},
                                   {"hash", protocol::picture_name(result.picture)}}
                        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return result;
}

Result<ReadStyle> read(const StyleLayer& style, Host& host) {
    auto picture = host.style_layer(style.id);
    if (!picture)
        return std::unexpected(picture.error());
    ReadStyle result{.picture = packed(picture->image, picture->depth), .record = {}};
    result.record =
        nlohmann::json{{"layer", picture->name}, {"hash", protocol::picture_name(result.picture)}}.dump(
            -1, ' ', false, nlohmann::json::error_handler_t::replace);
    return result;
}

} // namespace

protocol::Picture packed(const Image& image, SampleDepth depth) {
    const auto sample = sample_for(depth);
    return {.sample = sample,
            .width = image.width(),
            .height = image.height(),
            .bytes = protocol::pack(image.span(), sample)};
}

protocol::Picture packed(const Mask& mask, int width, int height) {
    const auto sample = sample_for(mask.depth);
    return {.sample = sample,
            .width = width,
            .height = height,
            .channels = protocol::mask_channels,
            .bytes = protocol::pack(mask.values, sample)};
}

protocol::Sample sample_for(SampleDepth depth) {
    switch (depth) {
    case SampleDepth::u8:
        return protocol::Sample::u8;
    case SampleDepth::u16:
        return protocol::Sample::u16;
    case SampleDepth::f32:
        break;
    }
    return protocol::Sample::f32;
}

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
