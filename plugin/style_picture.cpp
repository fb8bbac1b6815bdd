// SPDX-License-Identifier: GPL-3.0-or-later
#include "style_picture.hpp"

#include "buffer_pixels.hpp"
#include "gpointer.hpp"
#include "protocol/message.hpp"
#include "sentences.hpp"
#include "style_catalog.hpp"
#include "text.hpp"

#include <gegl.h>
#include <nlohmann/json.hpp>
#include <system_error>

namespace neural_style::plugin {
namespace {

Error unreadable(const std::filesystem::path& path) {
    return {ErrorCode::bad_picture, text(_("The style picture “%s” cannot be read: choose a picture file "
                                           "such as a PNG, JPEG, TIFF or WebP."),
                                         path.c_str())};
}

Result<StylePicture> picture_in(GeglBuffer* buffer, const Babl* format) {
    const GeglRectangle area = *gegl_buffer_get_extent(buffer);
    if (!protocol::size_allowed(area.width, area.height))
        return failure(
            ErrorCode::bad_picture,
            text(_("The style picture has no pixels, or more than %d megapixels: choose another one."),
                 int(protocol::pixels_max / 1'000'000)));
    auto pixels = read_pixels(buffer, area);
    if (!pixels)
        return std::unexpected(translated(pixels.error()));
    return StylePicture{.image = std::move(pixels->image), .depth = sample_depth(format), .name = {}};
}

Result<StylePicture> picture_in_file(const std::filesystem::path& path) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored))
        return failure(ErrorCode::bad_picture,
                       text(_("There is no style picture “%s”: choose another file."), path.c_str()));
    GObjectPtr<GeglNode> graph(gegl_node_new());
    GeglBuffer* buffer = nullptr;
    GeglNode* load =
        gegl_node_new_child(graph.get(), "operation", "gegl:load", "path", path.c_str(), nullptr);
    GeglNode* sink =
        gegl_node_new_child(graph.get(), "operation", "gegl:buffer-sink", "buffer", &buffer, nullptr);
    gegl_node_link(load, sink);
    gegl_node_process(sink);
    GObjectPtr<GeglBuffer> owned(buffer);
    if (!buffer || gegl_buffer_get_width(buffer) <= 0)
        return std::unexpected(unreadable(path));
    return picture_in(buffer, gegl_buffer_get_format(buffer));
}

protocol::Picture packed(const StylePicture& style) {
    const auto sample = sample_for(style.depth);
    return {.sample = sample,
            .width = style.image.width(),
            .height = style.image.height(),
            .bytes = protocol::pack(style.image.span(), sample)};
}

Result<ReadStyle> read(const StyleName& style, const std::filesystem::path& styles_folder) {
    auto catalog = StyleCatalog::read(styles_folder);
    if (!catalog)
        return std::unexpected(catalog.error());
    const BundledStyle* bundled = catalog->named(style.name);
    if (!bundled)
        return failure(ErrorCode::invalid_request,
                       text(_("There is no bundled style “%s”: choose one of %s, or give a picture file."),
                            style.name.c_str(), catalog->names().c_str()));
    auto picture = picture_in_file(bundled->file);
    if (!picture)
        return std::unexpected(picture.error());
    return ReadStyle{.picture = packed(*picture), .record = nlohmann::json{{"name", style.name}}.dump()};
}

Result<ReadStyle> read(const StyleFile& style) {
    auto picture = picture_in_file(style.path);
    if (!picture)
        return std::unexpected(picture.error());
    ReadStyle result{.picture = packed(*picture), .record = {}};
    result.record = nlohmann::json{{"file", style.path.filename().string()},
                                   {"hash", protocol::picture_name(result.picture)}}
                        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return result;
}

Result<ReadStyle> read(const StyleLayer& style, Host& host) {
    auto picture = host.style_layer(style.id);
    if (!picture)
        return std::unexpected(picture.error());
    ReadStyle result{.picture = packed(*picture), .record = {}};
    result.record =
        nlohmann::json{{"layer", picture->name}, {"hash", protocol::picture_name(result.picture)}}.dump(
            -1, ' ', false, nlohmann::json::error_handler_t::replace);
    return result;
}

} // namespace

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
