// SPDX-License-Identifier: GPL-3.0-or-later
/// Named settings: the user's own, one file each, which can be shared; and the bundled ones.
///
///     Presets presets(user_folder / "presets");
///     presets.save("Bold oil", settings);
///     for (const auto& name : presets.names())
///         if (auto settings = presets.read(name))
///             apply(*settings);
#pragma once

#include "preset_catalog.hpp"

#include <neural_style/error.hpp>
#include <neural_style/settings.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace neural_style::plugin {

/// A preset holds all of `Settings`, but not the styles' pictures and regions.
class Presets {
  public:
    explicit Presets(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Sorted; a folder that does not exist has none.
    std::vector<std::string> names() const;
    /// Errors, translated: invalid_request for a file without settings.
    Result<Settings> read(const std::string& name) const;
    /// Replaces a preset of that name. Errors, translated: invalid_request for a name that cannot be a
    /// file's, not_written.
    Result<void> save(const std::string& name, const Settings& settings) const;
    Result<void> remove(const std::string& name) const;
    /// Imports a file under its own name. Errors, translated: invalid_request, not_written.
    Result<std::string> take(const std::filesystem::path& file) const;
    /// Errors, translated: invalid_request, not_written.
    Result<void> hand_on(const std::string& name, const std::filesystem::path& file) const;

    static constexpr const char* ending = ".neural-style.json";

  private:
    Result<std::filesystem::path> file_of(const std::string& name) const;

    std::filesystem::path folder_;
};

/// Reads any settings file; the engine checks ranges. Errors, translated: invalid_request.
Result<Settings> read_settings(const std::filesystem::path& file);

/// A chosen preset.
struct ChosenPreset {
    Settings settings;
    std::string style = {}; ///< name of a bundled painting; empty: the style does not change
};

/// Errors, translated: invalid_request.
Result<ChosenPreset> chosen_preset(const BundledPreset& preset);
/// One of the user's, or else the one in `bundled` of that name. Errors, translated: those of `Presets::read`
/// and `PresetCatalog::find`.
Result<ChosenPreset> chosen_preset(const std::string& name, const Presets& mine,
                                   const PresetCatalog& bundled);

/// `given` where it differs from the defaults, otherwise `preset`.
Settings over_preset(const Settings& preset, const Settings& given);

} // namespace neural_style::plugin
