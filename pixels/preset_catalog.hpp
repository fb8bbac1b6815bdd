// SPDX-License-Identifier: GPL-3.0-or-later
/// The bundled presets listed in `data/presets/catalog.json`. Shared by the plug-in and the command line.
///
///     auto catalog = PresetCatalog::read(data / "presets");
///     if (catalog)
///         if (auto preset = catalog->find("poster"))
///             show(display_title(*preset), preset->picture);
#pragma once

#include <neural_style/error.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace neural_style {

/// Named settings that come with the program.
struct BundledPreset {
    std::string name;              ///< for scripts: "poster"
    std::string settings;          ///< JSON, for `protocol::settings_from_json`
    std::string style;             ///< name of the bundled painting to use with it; empty: any style
    std::filesystem::path picture; ///< a small photo painted with it; may be missing
};

class PresetCatalog {
  public:
    /// Reads `folder`/catalog.json. Entries without a plain name or without settings are ignored. Errors,
    /// translated: bad_picture if the file is missing or not a catalogue.
    static Result<PresetCatalog> read(const std::filesystem::path& folder);

    const std::vector<BundledPreset>& presets() const { return presets_; }
    /// The preset with that name. Errors, translated: invalid_request, listing the existing names.
    Result<BundledPreset> find(std::string_view name) const;

  private:
    std::vector<BundledPreset> presets_;
};

/// The translated title; the name if there is no translation.
std::string display_title(const BundledPreset& preset);

} // namespace neural_style
