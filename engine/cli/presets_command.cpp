// SPDX-License-Identifier: GPL-3.0-or-later
#include "presets_command.hpp"

#include "installation.hpp"
#include "output.hpp"
#include "preset_catalog.hpp"
#include "report.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace neural_style::cli {
namespace {

/// "style waves, stroke-size 200": named like the options.
std::string words_of(const BundledPreset& preset) {
    std::string words = preset.style.empty() ? "" : "style " + preset.style;
    const auto settings = nlohmann::json::parse(preset.settings);
    for (const auto& [name, value] : settings.items())
        words += (words.empty() ? "" : ", ") + name + " " +
                 (value.is_string() ? value.get<std::string>() : value.dump());
    return words;
}

} // namespace

ExitStatus list_presets(const ListArguments& arguments) {
    const auto catalog = PresetCatalog::read(data_folder() / "presets");
    if (!catalog)
        return report(catalog.error(), arguments.talk);
    std::size_t longest = 0;
    for (const auto& preset : catalog->presets())
        longest = std::max(longest, preset.name.size());
    for (const auto& preset : catalog->presets())
        if (arguments.talk == Talk::programs)
            print_json({{"type", "preset"},
                        {"name", preset.name},
                        {"title", display_title(preset)},
                        {"style", preset.style},
                        {"picture", preset.picture.string()},
                        {"settings", nlohmann::json::parse(preset.settings)}});
        else
            print_line(
                formatted("{:<{}}  {}: {}", preset.name, longest, display_title(preset), words_of(preset)));
    return exit_done;
}

} // namespace neural_style::cli
