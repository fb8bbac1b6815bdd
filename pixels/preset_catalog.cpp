// SPDX-License-Identifier: GPL-3.0-or-later
#include "preset_catalog.hpp"

#include "catalog_file.hpp"
#include "translation.hpp"

#include <neural_style/plain_text.hpp>

#include <algorithm>
#include <utility>

namespace neural_style {

Result<PresetCatalog> PresetCatalog::read(const std::filesystem::path& folder) {
    const auto entries = catalog_entries(folder);
    if (!entries)
        return failure(ErrorCode::bad_picture,
                       sentence(_("The list of bundled presets in “{}” is missing or damaged: install Neural "
                                  "Style again."),
                                folder.string()));
    PresetCatalog catalog;
    for (const auto& entry : *entries) {
        const std::string name = string_at(entry, "name");
        const auto settings = entry.find("settings");
        if (name.empty() || name.find_first_of("/.") != name.npos ||
            name != plain_line(name, title_bytes_max) || settings == entry.end())
            continue;
        catalog.presets_.push_back({.name = name,
                                    .settings = settings->dump(),
                                    .style = string_at(entry, "style"),
                                    .picture = folder / (name + ".jpg")});
    }
    return catalog;
}

Result<BundledPreset> PresetCatalog::find(std::string_view name) const {
    if (presets_.empty())
        return failure(ErrorCode::invalid_request,
                       sentence(_("There is no preset “{}”, nor any other: give its settings one by one, or "
                                  "install Neural Style again."),
                                name));
    const auto found = std::ranges::find(presets_, name, &BundledPreset::name);
    if (found == presets_.end())
        return failure(ErrorCode::invalid_request,
                       sentence(_("There is no preset “{}”: choose one of {}."), name, names_in(presets_)));
    return *found;
}

// Here, not in the catalogue, where gettext would not find them.
std::string display_title(const BundledPreset& preset) {
    const std::pair<std::string_view, const char*> titles[]{
        {"subtle", _("Subtle")}, {"painterly", _("Painterly")},           {"wild", _("Wild")},
        {"poster", _("Poster")}, {"own-colors", _("The photo's colors")}, {"dream", _("Dream")},
    };
    const auto found = std::ranges::find(titles, preset.name, [](const auto& title) { return title.first; });
    return found != std::end(titles) ? found->second : preset.name;
}

} // namespace neural_style
