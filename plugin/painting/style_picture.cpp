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

Result<ReadStyle> read(const StyleName& style, const std::filesystem::path& styles_folder, Host& host) {
    const auto bundled = bundled_style(style.name, styles_folder);
    if (!bundled)
        return std::unexpected(bundled.error());
    auto file = host.style_file(bundled->file);
    if (!file)
        return std::unexpected(file.error());
    return ReadStyle{.picture = protocol::NamedPicture(std::move(file->picture)),
                     .record = text_of({{"name", style.name}})};
}

Result<ReadStyle> read(const StyleFile& style, Host& host) {
    auto file = host.style_file(style.path);
    if (!file)
        return std::unexpected(file.error());
    protocol::NamedPicture picture(std::move(file->picture));
    auto record = text_of({{"file", file->name}, {"hash", picture.name()}});
    return ReadStyle{.picture = std::move(picture), .record = std::move(record)};
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
                          [&](const StyleName& style) { return read(style, styles_folder, host); },
                          [&](const StyleFile& style) { return read(style, host); },
                          [&](const StyleLayer& style) { return read(style, host); },
                      },
                      choice);
}

} // namespace neural_style::plugin
