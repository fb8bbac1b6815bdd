// SPDX-License-Identifier: GPL-3.0-or-later
#include "styles_command.hpp"

#include "installation.hpp"
#include "report.hpp"
#include "style_catalog.hpp"
#include "translation.hpp"

#include <neural_style/engine.hpp>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace neural_style::cli {
namespace {

/// Appended to a line.
std::string suited(const SuitedSettings& settings) {
    return settings.empty() ? std::string() : sentence(_("; suits it: {}"), words_of(settings));
}

} // namespace

ExitStatus list_styles(const ListArguments& arguments) {
    const auto catalog = StyleCatalog::read(data_folder() / "styles");
    if (!catalog)
        return report(catalog.error(), arguments.talk);
    const auto& styles = catalog->styles();
    std::size_t longest = 0;
    for (const auto& style : styles)
        longest = std::max(longest, style.name.size());
    for (const auto& style : styles)
        if (arguments.talk == Talk::programs)
            print_json({{"type", "style"},
                        {"name", style.name},
                        {"file", style.file.string()},
                        {"title", style.title},
                        {"painter", style.painter},
                        {"year", style.year},
                        {"settings", nlohmann::json(style.settings)}});
        else
            std::printf("%-*s  %s, %s, %s%s\n", int(longest), style.name.c_str(), style.title.c_str(),
                        style.painter.c_str(), style.year.c_str(), suited(style.settings).c_str());
    const auto trained = Engine::trained_styles(data_folder() / "models");
    if (!trained.styles.empty() && arguments.talk == Talk::people)
        std::puts(_("Trained styles, for --trained-style:"));
    for (const auto& style : trained.styles)
        if (arguments.talk == Talk::programs)
            print_json({{"type", "trained-style"}, {"name", style.name}, {"title", style.title}});
        else
            std::printf("%s  %s\n", style.name.c_str(), style.title.c_str());
    for (const auto& sentence : trained.left_out)
        std::fprintf(stderr, "neural-style: %s\n", sentence.c_str());
    return exit_done;
}

} // namespace neural_style::cli
