// SPDX-License-Identifier: GPL-3.0-or-later
/// Settings under names of the user's: one file each, which can be handed on.
///
///     Presets presets(user_folder / "presets");
///     presets.save("Bold oil", settings);
///     for (const auto& name : presets.names())
///         if (auto settings = presets.read(name))
///             apply(*settings);
#pragma once

#include <neural_style/error.hpp>
#include <neural_style/settings.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace neural_style::plugin {

/// A preset is everything in `Settings`; which pictures are the styles, and where, is no part of it.
class Presets {
  public:
    explicit Presets(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Sorted; a folder that is not there has none.
    std::vector<std::string> names() const;
    /// Errors, translated: invalid_request for a file that holds no settings.
    Result<Settings> read(const std::string& name) const;
    /// Replaces one of that name. Errors, translated: invalid_request for a name that cannot be a file's,
    /// not_written.
    Result<void> save(const std::string& name, const Settings& settings) const;
    Result<void> remove(const std::string& name) const;
    /// Takes in a file from elsewhere, named after it. Errors, translated: invalid_request, not_written.
    Result<std::string> take(const std::filesystem::path& file) const;
    /// Errors, translated: invalid_request, not_written.
    Result<void> hand_on(const std::string& name, const std::filesystem::path& file) const;

    static constexpr const char* ending = ".neural-style.json";

  private:
    Result<std::filesystem::path> file_of(const std::string& name) const;

    std::filesystem::path folder_;
};

/// Reads any file of settings; the engine checks their ranges. Errors, translated: invalid_request.
Result<Settings> read_settings(const std::filesystem::path& file);

} // namespace neural_style::plugin
