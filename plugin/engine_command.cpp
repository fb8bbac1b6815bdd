// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine_command.hpp"

#include "gpointer.hpp"
#include "text.hpp"

#include <system_error>

namespace neural_style::plugin {
namespace {

constexpr const char* engine_name = "neural-style-engine";

Result<std::vector<std::string>> split(const std::string& line) {
    char** words = nullptr;
    GError* error = nullptr;
    if (!g_shell_parse_argv(line.c_str(), nullptr, &words, &error)) {
        GErrorPtr owned(error);
        return failure(
            ErrorCode::invalid_request,
            text(_("The command line that starts the engine cannot be understood (%s): correct its "
                   "quotation marks."),
                 owned->message));
    }
    GStringsPtr owned(words);
    std::vector<std::string> command;
    for (char** word = words; *word; ++word)
        command.emplace_back(*word);
    return command;
}

bool is_blank(const std::string& line) {
    return line.find_first_not_of(" \t\n") == std::string::npos;
}

} // namespace

Result<std::vector<std::string>> engine_command(const EngineSources& sources) {
    if (!is_blank(sources.setting))
        return split(sources.setting);
    if (!is_blank(sources.environment))
        return split(sources.environment);
    for (const auto& folder : {sources.plug_in_folder, sources.bin_folder}) {
        const auto program = folder / engine_name;
        std::error_code ignored;
        if (std::filesystem::is_regular_file(program, ignored))
            return std::vector<std::string>{program.string()};
    }
    return failure(
        ErrorCode::engine_lost,
        text(_("The painting engine is not installed: there is no “%s” in “%s” or “%s”. Install Neural "
               "Style again, or name the engine in the setting “Engine command”."),
             engine_name, sources.plug_in_folder.c_str(), sources.bin_folder.c_str()));
}

} // namespace neural_style::plugin
