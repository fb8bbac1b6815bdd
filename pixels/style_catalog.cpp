// SPDX-License-Identifier: GPL-3.0-or-later
#include "style_catalog.hpp"

#include "catalog_file.hpp"
#include "translation.hpp"

#include <neural_style/formatted.hpp>
#include <neural_style/plain_text.hpp>
#include <neural_style/setting_table.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace neural_style {
namespace {

namespace fs = std::filesystem;

bool suits(std::string_view key, double value) {
    bool allowed = false;
    with_setting(key, [&](const auto& setting) { allowed = setting.bounds.allow(value); });
    return allowed;
}

SuitedSettings settings_in(const nlohmann::json& entry) {
    SuitedSettings settings;
    const auto given = entry.find("settings");
    if (given == entry.end() || !given->is_object())
        return settings;
    for (const auto& [name, value] : given->items()) {
        if (suitable_settings().contains(name) && value.is_number() && suits(name, value.get<double>()))
            settings[name] = value.get<double>();
    }
    return settings;
}

/// Whether a file name stays in its folder.
bool is_plain_name(const fs::path& file) {
    return !file.empty() && file == file.filename() && file != "..";
}

} // namespace

const SuitedSettings& suitable_settings() {
    static const SuitedSettings settings = [] {
        const Settings defaults;
        return SuitedSettings{{"detail", defaults.detail},
                              {"strength", defaults.strength},
                              {"stroke-size", defaults.stroke_size}};
    }();
    return settings;
}

Result<StyleCatalog> StyleCatalog::read(const fs::path& folder) {
    const auto entries = catalog_entries(folder);
    if (!entries)
        return failure(ErrorCode::bad_picture,
                       sentence(_("The list of bundled paintings “{}” is missing or damaged: install "
                                  "Neural Style again, or choose a picture file as the style."),
                                (folder / "catalog.json").string()));
    StyleCatalog catalog;
    for (const auto& entry : *entries) {
        const fs::path name = string_at(entry, "file");
        const auto title_at = [&](const char* key) {
            return plain_line(string_at(entry, key), title_bytes_max);
        };
        BundledStyle style{.name = string_at(entry, "name"),
                           .file = folder / name,
                           .title = title_at("title"),
                           .painter = title_at("painter"),
                           .year = title_at("year"),
                           .settings = settings_in(entry)};
        if (!style.name.empty() && style.name == title_at("name") && !is_file_name(style.name) &&
            is_plain_name(name))
            catalog.styles_.push_back(std::move(style));
    }
    return catalog;
}

Result<BundledStyle> StyleCatalog::find(std::string_view name) const {
    if (styles_.empty())
        return failure(ErrorCode::invalid_request,
                       sentence(_("There is no bundled style “{}”, nor any other: give a picture file, or "
                                  "install Neural Style again."),
                                name));
    const auto found = std::ranges::find(styles_, name, &BundledStyle::name);
    if (found == styles_.end())
        return failure(
            ErrorCode::invalid_request,
            sentence(_("There is no bundled style “{}”: choose one of {}, or give a picture file."), name,
                     names()));
    return *found;
}

std::string StyleCatalog::names() const {
    return names_in(styles_);
}

std::string display_title(const BundledStyle& style) {
    const std::string& title = style.title.empty() ? style.name : style.title;
    if (style.painter.empty() && style.year.empty())
        return title;
    if (style.painter.empty() || style.year.empty())
        return title + " (" + style.painter + style.year + ")";
    return title + " (" + style.painter + ", " + style.year + ")";
}

std::string words_of(const SuitedSettings& settings) {
    std::string words;
    for (const auto& [name, value] : settings)
        words += formatted("{}{} {}", words.empty() ? "" : ", ", name, value);
    return words;
}

Result<BundledStyle> bundled_style(std::string_view name, const fs::path& folder) {
    const auto catalog = StyleCatalog::read(folder);
    if (!catalog)
        return std::unexpected(catalog.error());
    return catalog->find(name);
}

bool is_file_name(std::string_view style) {
    return style.find_first_of("/.") != std::string_view::npos;
}

Result<fs::path> style_file(const std::string& style, const fs::path& folder) {
    if (is_file_name(style))
        return style;
    return bundled_style(style, folder).transform([](const BundledStyle& found) { return found.file; });
}

} // namespace neural_style
