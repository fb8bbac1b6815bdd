// SPDX-License-Identifier: GPL-3.0-or-later
/// The table of settings, for the documents and for tests in Python:
///
///     setting-tables README.md       the text between the document's marks
///     setting-tables WIRE.md
///     setting-tables json            key, default, choices, another value as JSON and as an argument, and
///                                    arguments that are refused
#include "other_settings.hpp"
#include "settings_json.hpp"

#include <neural_style/formatted.hpp>
#include <neural_style/setting_text.hpp>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

namespace {

using namespace neural_style;

std::string code(std::string_view text) {
    return formatted("`{}`", text);
}

template <typename Value>
concept List = requires(Value value) {
    value.push_back({});
};
template <typename Value>
concept Whole = std::integral<Value> || std::same_as<Value, std::optional<int>>;

std::string without_mnemonic(std::string label) {
    std::erase(label, '_');
    return label;
}

/// "from 0", "0 to 2", "0, or 16 to 100000".
std::string words(const Bounds& bounds) {
    const std::string least = formatted("{}{:.10g}", bounds.or_zero ? "0, or " : "", bounds.least);
    return std::isfinite(bounds.most) ? formatted("{} to {:.10g}", least, bounds.most) : "from " + least;
}

template <typename Value>
std::string values(const Setting<Value>& setting) {
    std::string text;
    if constexpr (std::is_enum_v<Value>) {
        for (const auto name : names<Value>)
            text += (text.empty() ? "" : ", ") + code(name);
        return text;
    } else if constexpr (std::same_as<Value, bool>)
        return "true, false";
    else if constexpr (std::same_as<Value, std::string>)
        return "a name";
    else if constexpr (std::same_as<Value, std::vector<std::string>>)
        return "names";
    else
        return (List<Value> ? "numbers, " : Whole<Value> ? "whole, " : "") + words(setting.bounds);
}

template <typename Value>
std::string without_it(const Setting<Value>& setting) {
    const auto text = text_of(default_of(setting));
    return text.empty() ? "none" : std::is_enum_v<Value> ? code(text) : text;
}

void print_readme() {
    std::puts("| name | option, argument | what it does | values | default |\n|---|---|---|---|---|");
    each_setting([]<typename Value>(const Setting<Value>& setting) {
        std::string help = setting.help;
        for (std::size_t i = 0; i < setting.choices.size(); ++i)
            help +=
                formatted("{} *{}*: {}", i ? ";" : ".", setting.choices[i].label, setting.choices[i].help);
        std::puts(formatted("| {} | {} | {} | {} | {} |", without_mnemonic(setting.label), code(setting.key),
                            help, values(setting), without_it(setting))
                      .c_str());
    });
}

void print_wire() {
    std::puts("| setting | value | without it |\n|---|---|---|");
    each_setting([]<typename Value>(const Setting<Value>& setting) {
        std::puts(
            formatted("| {} | {} | {} |", code(setting.key), values(setting), without_it(setting)).c_str());
    });
}

/// As GIMP takes it: lists are text.
template <typename Value>
nlohmann::json argument(const Value& value) {
    if constexpr (std::same_as<Value, std::optional<int>>)
        return *value;
    else if constexpr (std::is_arithmetic_v<Value>)
        return value;
    else
        return text_of(value);
}

void print_json() {
    auto rows = nlohmann::json::array();
    const auto written = nlohmann::json::parse(protocol::settings_to_json(tests::other_settings()));
    const auto defaults = nlohmann::json::parse(protocol::settings_to_json({}));
    each_setting([&]<typename Value>(const Setting<Value>& setting) {
        nlohmann::json row{{"key", setting.key},
                           {"value", written[setting.key]},
                           {"default", defaults.value(setting.key, nlohmann::json())},
                           {"choices", names<Value>},
                           {"argument", argument(tests::other_value(setting))},
                           {"refused", nlohmann::json::array()}};
        if constexpr (std::same_as<Value, double> || std::same_as<Value, int>)
            for (const auto& value : tests::values_beyond(setting))
                if (!(setting.bounds.or_zero && value < setting.bounds.most))
                    row["refused"].push_back(value);
        rows.push_back(std::move(row));
    });
    std::puts(rows.dump().c_str());
}

} // namespace

int main(int count, char** words) {
    const std::string_view wanted = count == 2 ? words[1] : "";
    if (wanted == "README.md")
        print_readme();
    else if (wanted == "WIRE.md")
        print_wire();
    else if (wanted == "json")
        print_json();
    else
        return 2;
    return 0;
}
