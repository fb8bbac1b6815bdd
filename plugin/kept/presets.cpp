// SPDX-License-Identifier: GPL-3.0-or-later
#include "presets.hpp"

#include "new_file.hpp"
#include "settings_json.hpp"
#include "translation.hpp"

#include <neural_style/plain_text.hpp>
#include <neural_style/setting_table.hpp>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <span>
#include <string_view>
#include <system_error>

namespace neural_style::plugin {
namespace {

namespace fs = std::filesystem;

/// No settings are longer; a film with a wrong extension is not read to its end.
constexpr std::size_t bytes_max = 65536;
constexpr std::size_t name_bytes_max = 100;

Result<void> write(const fs::path& file, const Settings& settings) {
    const std::string text = protocol::settings_to_json(settings) + "\n";
    return write_new_file(file, std::as_bytes(std::span(text)));
}

} // namespace

Result<Settings> read_settings(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::string text(bytes_max, '\0');
    stream.read(text.data(), std::streamsize(text.size()));
    text.resize(std::size_t(std::max<std::streamsize>(0, stream.gcount())));
    auto settings = protocol::settings_from_json(text);
    if (!settings)
        return failure(ErrorCode::invalid_request,
                       sentence(_("“{}” holds no settings of Neural Style, so choose another file: {}"),
                                file.filename().string(), settings.error().message));
    return settings;
}

Result<fs::path> Presets::file_of(const std::string& name) const {
    if (name.empty() || name.size() > name_bytes_max || name.front() == '.' ||
        name.find_first_of("/\\") != name.npos || name != plain_line(name))
        return failure(ErrorCode::invalid_request,
                       sentence(_("“{}” cannot be the name of a preset: choose a short name without slashes "
                                  "that does not begin with a dot."),
                                name));
    return folder_ / (name + ending);
}

std::vector<std::string> Presets::names() const {
    std::vector<std::string> names;
    std::error_code problem;
    for (fs::directory_iterator entry(folder_, problem), end; !problem && entry != end;
         entry.increment(problem)) {
        const auto file = entry->path().filename().string();
        if (!file.ends_with(ending))
            continue;
        const auto name = file.substr(0, file.size() - std::string_view(ending).size());
        if (file_of(name))
            names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

Result<Settings> Presets::read(const std::string& name) const {
    const auto file = file_of(name);
    if (!file)
        return std::unexpected(file.error());
    return read_settings(*file);
}

Result<void> Presets::save(const std::string& name, const Settings& settings) const {
    const auto file = file_of(name);
    if (!file)
        return std::unexpected(file.error());
    std::error_code problem;
    fs::create_directories(folder_, problem);
    return write(*file, settings);
}

Result<void> Presets::remove(const std::string& name) const {
    const auto file = file_of(name);
    if (!file)
        return std::unexpected(file.error());
    std::error_code problem;
    fs::remove(*file, problem);
    if (problem)
        return failure(ErrorCode::not_written,
                       sentence(_("“{}” could not be removed: {}"), file->string(), problem.message()));
    return {};
}

Result<std::string> Presets::take(const fs::path& file) const {
    auto settings = read_settings(file);
    if (!settings)
        return std::unexpected(settings.error());
    std::string name = file.filename().string();
    for (const std::string_view part : {std::string_view(ending), std::string_view(".json")})
        if (name.ends_with(part)) {
            name.resize(name.size() - part.size());
            break;
        }
    if (auto saved = save(name, *settings); !saved)
        return std::unexpected(saved.error());
    return name;
}

Result<void> Presets::hand_on(const std::string& name, const fs::path& file) const {
    auto settings = read(name);
    if (!settings)
        return std::unexpected(settings.error());
    return write(file, *settings);
}

Result<ChosenPreset> chosen_preset(const BundledPreset& preset) {
    auto settings = protocol::settings_from_json(preset.settings);
    if (!settings)
        return std::unexpected(settings.error());
    return ChosenPreset{*std::move(settings), preset.style};
}

Result<ChosenPreset> chosen_preset(const std::string& name, const Presets& mine,
                                   const PresetCatalog& bundled) {
    if (std::ranges::contains(mine.names(), name)) {
        auto settings = mine.read(name);
        if (!settings)
            return std::unexpected(settings.error());
        return ChosenPreset{*std::move(settings)};
    }
    const auto found = bundled.find(name);
    return found ? chosen_preset(*found) : std::unexpected(found.error());
}

Settings over_preset(const Settings& preset, const Settings& given) {
    Settings merged = preset;
    each_setting([&](const auto& setting) {
        if (const auto& value = given.*setting.member; value != default_of(setting))
            merged.*setting.member = value;
    });
    return merged;
}

} // namespace neural_style::plugin
