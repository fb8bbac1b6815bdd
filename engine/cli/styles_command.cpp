// SPDX-License-Identifier: GPL-3.0-or-later
#include "styles_command.hpp"

#include "installation.hpp"
#include "output.hpp"
#include "report.hpp"
#include "style_catalog.hpp"
#include "translation.hpp"

#include <neural_style/engine.hpp>
#include <neural_style/formatted.hpp>

#include <algorithm>
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
            print_line(formatted("{:<{}}  {}, {}, {}{}", style.name, longest, style.title, style.painter,
                                 style.year, suited(style.settings)));
    const auto trained = Engine::trained_styles(data_folder() / "models");
    if (!trained.styles.empty() && arguments.talk == Talk::people)
        print_line(_("Trained styles, for --trained-style:"));
    for (const auto& style : trained.styles)
        if (arguments.talk == Talk::programs)
            print_json({{"type", "trained-style"}, {"name", style.name}, {"title", style.title}});
        else
            print_line(style.name + "  " + style.title);
    for (const auto& sentence : trained.left_out)
        note("neural-style: " + sentence);
    return exit_done;
}

} // namespace neural_style::cli
