// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine_command.hpp"

#include "glib_pointers.hpp"
#include "translation.hpp"

#include <system_error>

namespace neural_style {
namespace {

constexpr const char* engine_name = "neural-style-engine";

Result<std::vector<std::string>> split(const std::string& line) {
    char** words = nullptr;
    GError* error = nullptr;
    if (!g_shell_parse_argv(line.c_str(), nullptr, &words, &error)) {
        GErrorPointer owned(error);
        return failure(
            ErrorCode::invalid_request,
            sentence(_("The command line that starts the engine cannot be understood ({}): correct its "
                       "quotation marks."),
                     owned->message));
    }
    GStringsPointer owned(words);
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
            return std::vector<std::string>{program.string(), "--shared"};
    }
    return failure(
        ErrorCode::engine_lost,
        sentence(_("The painting engine is not installed: there is no “{}” in “{}” or “{}”. Install Neural "
                   "Style again, or name the engine in the setting “Engine command”."),
                 engine_name, sources.plug_in_folder.string(), sources.bin_folder.string()));
}

} // namespace neural_style
