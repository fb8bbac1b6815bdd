// SPDX-License-Identifier: GPL-3.0-or-later
#include "style_catalog.hpp"

#include "translation.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

namespace neural_style {
namespace {

namespace fs = std::filesystem;

std::string string_at(const nlohmann::json& entry, const char* key) {
    const auto found = entry.find(key);
    return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Whether a file name stays in its folder.
bool is_plain_name(const fs::path& file) {
    return !file.empty() && file == file.filename() && file != "..";
}

} // namespace

Result<StyleCatalog> StyleCatalog::read(const fs::path& folder) {
    const auto path = folder / "catalog.json";
    std::ifstream file(path, std::ios::binary);
    const auto entries = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
    if (!file || !entries.is_array())
        return failure(ErrorCode::bad_picture,
                       sentence(_("The list of bundled paintings “{}” is missing or damaged: install "
                                  "Neural Style again, or choose a picture file as the style."),
                                path.string()));
    StyleCatalog catalog;
    for (const auto& entry : entries) {
        if (!entry.is_object())
            continue;
        const fs::path name = string_at(entry, "file");
        BundledStyle style{.name = string_at(entry, "name"),
                           .file = folder / name,
                           .title = string_at(entry, "title"),
                           .painter = string_at(entry, "painter"),
                           .year = string_at(entry, "year")};
        if (!style.name.empty() && is_plain_name(name))
            catalog.styles_.push_back(std::move(style));
    }
    return catalog;
}

Result<BundledStyle> StyleCatalog::find(std::string_view name) const {
    const auto found = std::ranges::find(styles_, name, &BundledStyle::name);
    if (found == styles_.end())
        return failure(
            ErrorCode::invalid_request,
            sentence(_("There is no bundled style “{}”: choose one of {}, or give a picture file."), name,
                     names()));
    return *found;
}

std::string StyleCatalog::names() const {
    std::string joined;
    for (const auto& style : styles_)
        joined += (joined.empty() ? "" : ", ") + style.name;
    return joined;
}

std::string display_title(const BundledStyle& style) {
    const std::string& title = style.title.empty() ? style.name : style.title;
    if (style.painter.empty() && style.year.empty())
        return title;
    if (style.painter.empty() || style.year.empty())
        return title + " (" + style.painter + style.year + ")";
    return title + " (" + style.painter + ", " + style.year + ")";
}

bool is_file_name(std::string_view style) {
    return style.find_first_of("/.") != std::string_view::npos;
}

Result<fs::path> style_file(const std::string& style, const fs::path& folder) {
    std::error_code ignored;
    if (is_file_name(style) || fs::exists(style, ignored))
        return style;
    const auto catalog = StyleCatalog::read(folder);
    if (!catalog)
        return std::unexpected(catalog.error());
    auto bundled = catalog->find(style);
    if (!bundled)
        return std::unexpected(bundled.error());
    return std::move(bundled->file);
}

} // namespace neural_style
