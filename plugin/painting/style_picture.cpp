// SPDX-License-Identifier: GPL-3.0-or-later
#include "style_picture.hpp"

#include "message.hpp"
#include "style_catalog.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace neural_style::plugin {
namespace {

std::string text_of(const nlohmann::json& record) {
    return record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<ReadStyle> read_bundled(const StyleName& style, const std::filesystem::path& styles_folder,
                               Host& host) {
    const auto bundled = bundled_style(style.name, styles_folder);
    if (!bundled)
        return std::unexpected(bundled.error());
    auto file = host.style_file(bundled->file);
    if (!file)
        return std::unexpected(file.error());
    return ReadStyle{.picture = protocol::NamedPicture(std::move(file->picture)),
                     .record = text_of({{"name", style.name}})};
}

/// `kind`: what the record calls it.
Result<ReadStyle> recorded(Result<StylePicture> style, const char* kind) {
    if (!style)
        return std::unexpected(style.error());
    protocol::NamedPicture picture(std::move(style->picture));
    auto record = text_of({{kind, style->name}, {"hash", picture.name()}});
    ReadStyle read{.picture = std::move(picture), .record = std::move(record)};
    if (!style->alpha.empty())
        read.alpha.emplace(std::move(style->alpha));
    return read;
}

} // namespace

Result<ReadStyle> style_picture(const StyleChoice& choice, const std::filesystem::path& styles_folder,
                                Host& host) {
    return std::visit(
        protocol::overloaded{
            [&](const StyleName& style) { return read_bundled(style, styles_folder, host); },
            [&](const StyleFile& style) { return recorded(host.style_file(style.path), "file"); },
            [&](const StyleLayer& style) { return recorded(host.style_layer(style.id), "layer"); },
        },
        choice);
}

} // namespace neural_style::plugin
