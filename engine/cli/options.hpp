// SPDX-License-Identifier: GPL-3.0-or-later
/// Parses and explains the options of a command; shared by all commands.
///     const std::vector<Option<ListArguments>> options{talk_option<ListArguments>(Talk::programs)};
///     auto rest = parse(arguments, options, words, {"neural-style styles", nullptr, _("Lists..."),
///     nullptr});
#pragma once

#include "arguments.hpp"
#include "translation.hpp"

#include <neural_style/setting_text.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <glib.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace neural_style::cli {

inline std::unexpected<Error> wrong(std::string message) {
    return failure(ErrorCode::invalid_request, std::move(message));
}

/// An option with a value (of the kind `value_name`) or without one.
template <typename Arguments>
struct Option {
    const char* name;
    char letter; ///< 0: none
    const char* value_name;
    std::string description;
    std::function<Result<void>(Arguments&, const std::string&)> apply;
    bool advanced = false;
    bool hidden = false;                   ///< the option's former name: still taken, no longer shown
    std::vector<std::string> choices = {}; ///< the words that it takes; empty: any
};

struct Text {
    const char* program;            ///< the command as the user types it
    const char* usage;              ///< what follows it and the word for options; nullptr: nothing
    const char* summary;            ///< above the options
    const char* description;        ///< below them
    const char* advanced = nullptr; ///< above the advanced options; nullptr: there are none
};

/// The same option under the name that earlier releases knew it by.
template <typename Arguments>
Option<Arguments> former(Option<Arguments> option, const char* name) {
    option.name = name;
    option.letter = 0;
    option.hidden = true;
    return option;
}

template <typename Arguments>
auto path(std::filesystem::path Arguments::*member) {
    return [=](Arguments& arguments, const std::string& value) -> Result<void> {
        arguments.*member = value;
        return {};
    };
}

template <typename Arguments>
Option<Arguments> talk_option(Talk talk) {
    const auto apply = [talk](Arguments& arguments, const std::string&) -> Result<void> {
        arguments.talk = talk;
        return {};
    };
    if (talk == Talk::programs)
        return {"json", 0, nullptr, _("one JSON object a line on standard output, for programs"), apply};
    return {"quiet", 'q', nullptr, _("say nothing but errors"), apply};
}

/// The plain or the advanced options, for GLib; valid while `options` exist.
template <typename Arguments>
std::vector<GOptionEntry> entries_of(const std::vector<Option<Arguments>>& options, bool advanced,
                                     void* callback) {
    std::vector<GOptionEntry> entries;
    for (const auto& option : options)
        if (option.advanced == advanced)
            entries.push_back(
                {option.name, option.letter,
                 (option.value_name ? 0 : G_OPTION_FLAG_NO_ARG) | (option.hidden ? G_OPTION_FLAG_HIDDEN : 0),
                 G_OPTION_ARG_CALLBACK, callback, option.description.c_str(), option.value_name});
    entries.push_back({});
    return entries;
}

/// Instead of options: asks for everything about the command as JSON, for the programs that make its manual
/// page and what shells complete.
inline constexpr const char* describe_word = "--describe";

/// `program`, `usage`, `summary`, `description`, and `options` as --help shows them, each with `name`,
/// `letter` and `value` ("" for none), `description`, `advanced` and `choices`. One line.
template <typename Arguments>
std::string described(const std::vector<Option<Arguments>>& options, const Text& text) {
    const auto words = [](const char* words) { return words ? words : ""; };
    nlohmann::ordered_json all{{"program", text.program},
                               {"usage", words(text.usage)},
                               {"summary", words(text.summary)},
                               {"description", words(text.description)},
                               {"options", nlohmann::ordered_json::array()}};
    for (const auto& option : options)
        if (!option.hidden)
            all["options"].push_back({{"name", option.name},
                                      {"letter", option.letter ? std::string(1, option.letter) : ""},
                                      {"value", words(option.value_name)},
                                      {"description", option.description},
                                      {"advanced", option.advanced},
                                      {"choices", option.choices}});
    return all.dump() + '\n';
}

struct ContextFree {
    void operator()(GOptionContext* context) const { g_option_context_free(context); }
};

/// GLib's results, in command-line order: each option's name and value.
using Found = std::vector<std::pair<std::string, std::string>>;

inline gboolean keep(const char* name, const char* value, void* found, GError**) {
    static_cast<Found*>(found)->emplace_back(name, value ? value : "");
    return TRUE;
}

/// GLib splits the words, formats the help and handles "--"; values are applied here. Returns the words that
/// are not options.
template <typename Arguments>
Result<std::vector<std::string>> parse(Arguments& arguments, const std::vector<Option<Arguments>>& options,
                                       const std::vector<std::string>& words, const Text& text) {
    if (words == std::vector<std::string>{describe_word}) {
        arguments.help = described(options, text);
        return std::vector<std::string>();
    }
    Found found;
    g_set_prgname(text.program);
    std::unique_ptr<GOptionContext, ContextFree> context(g_option_context_new(text.usage));
    g_option_context_set_summary(context.get(), text.summary);
    g_option_context_set_description(context.get(), text.description);
    g_option_context_set_help_enabled(context.get(), FALSE);

    const auto callback = reinterpret_cast<void*>(static_cast<GOptionArgFunc>(keep));
    const std::array<std::vector<GOptionEntry>, 3> entries{
        entries_of(options, false, callback),
        entries_of(options, true, callback),
        {{"help", 'h', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, callback, _("show this help"), nullptr},
         {}}};
    // GLib shows the main group last: it holds only --help.
    const std::array groups{
        g_option_group_new("plain", _("Options:"), "", &found, nullptr),
        g_option_group_new("advanced", text.advanced ? text.advanced : "", "", &found, nullptr),
        g_option_group_new(nullptr, nullptr, nullptr, &found, nullptr)};
    for (std::size_t i = 0; i < groups.size(); ++i) {
        g_option_group_add_entries(groups[i], entries[i].data());
        if (i == 2)
            g_option_context_set_main_group(context.get(), groups[i]);
        else
            g_option_context_add_group(context.get(), groups[i]);
    }

    std::vector<char*> copies{g_strdup("neural-style")};
    for (const auto& word : words)
        copies.push_back(g_strdup(word.c_str()));
    copies.push_back(nullptr);
    auto* list = static_cast<char**>(g_memdup2(copies.data(), copies.size() * sizeof(char*)));
    GError* error = nullptr;
    const bool parsed = g_option_context_parse_strv(context.get(), &list, &error);
    std::vector<std::string> rest;
    for (char** word = parsed ? list + 1 : list; parsed && *word; ++word)
        rest.push_back(*word);
    g_strfreev(list);
    if (!parsed) {
        std::string message = error->message;
        g_clear_error(&error);
        return wrong(sentence(_("{}: see --help for the options there are."), message));
    }
    std::erase(rest, "--"); // GLib leaves it in

    // --settings and --preset come first, so that single options override them wherever they are.
    std::ranges::stable_partition(
        found, [](const auto& one) { return one.first == "--settings" || one.first == "--preset"; });
    for (const auto& [name, value] : found) {
        if (name == "--help" || name == "-h") {
            char* help = g_option_context_get_help(context.get(), FALSE, nullptr);
            arguments.help = help;
            g_free(help);
            return rest;
        }
        for (const auto& option : options)
            if (name == std::string("--") + option.name ||
                (option.letter && name == std::string("-") + option.letter))
                if (auto applied = option.apply(arguments, value); !applied)
                    return std::unexpected(applied.error());
    }
    return rest;
}

} // namespace neural_style::cli
