// SPDX-License-Identifier: GPL-3.0-or-later
/// The table of settings: every row can be set, comes back equal, and is refused by name if out of range.
#include "arguments.hpp"
#include "cmocka.hpp"
#include "other_settings.hpp"
#include "settings_json.hpp"
#include "test_folder.hpp"

#include <neural_style/formatted.hpp>
#include <neural_style/setting_text.hpp>

#include <fstream>
#include <set>
#include <string>

using namespace neural_style;
using namespace neural_style::cli;
using namespace tests;

namespace {

/// A value of any type.
struct Anything {
    template <typename Type>
    operator Type&() const;
};

template <typename Aggregate, typename... Values>
consteval std::size_t member_count() {
    if constexpr (requires { Aggregate{Values()..., Anything()}; })
        return member_count<Aggregate, Values..., Anything>();
    else
        return sizeof...(Values);
}

static_assert(member_count<Settings>() == std::tuple_size_v<decltype(setting_table)>,
              "every setting has a row");

Result<PaintArguments> with(std::vector<std::string> more) {
    // Two styles, for the shares.
    std::vector<std::string> words{"boats.jpg", "-s", "waves", "-s", "lion", "-o", "out.png"};
    words.insert(words.end(), more.begin(), more.end());
    return paint_arguments(words);
}

template <typename Value>
std::vector<std::string> as_option(const Setting<Value>& setting, const Value& value) {
    if constexpr (std::same_as<Value, bool>)
        return {"--" + std::string(setting.key)};
    return {std::string("--") + setting.key + "=" + text_of(value)};
}

/// Only that setting and those that it requires differ from the defaults.
template <typename Value>
Settings with_one(const Setting<Value>& setting, const Value& value) {
    Settings settings;
    settings.*setting.member = value;
    if (std::string_view(setting.key) == "layer-weights")
        settings.style_layers = {"layer-1", "layer-2"};
    return settings;
}

void every_row_has_a_key_of_its_own_and_says_what_it_is() {
    std::set<std::string> keys;
    each_setting([&](const auto& setting) {
        CHECK(keys.insert(setting.key).second);
        CHECK(*setting.label && *setting.help);
        for (const auto& choice : setting.choices)
            CHECK(choice.label && choice.help);
    });
}

void the_defaults_and_all_other_values_can_be_painted_with() {
    CHECK(!check(Settings{}));
    CHECK(!check(other_settings()));
    each_setting([](const auto& setting) { CHECK(other_value(setting) != default_of(setting)); });
}

void every_setting_is_an_option() {
    each_setting([](const auto& setting) {
        const auto value = other_value(setting);
        auto words = as_option(setting, value);
        const auto expected = with_one(setting, value);
        if (!expected.style_layers.empty() && std::string_view(setting.key) != "style-layers")
            words.push_back("--style-layers=layer-1,layer-2");
        const auto arguments = with(words);
        CHECK(arguments && arguments->settings == expected);
    });
}

void every_option_says_its_range_and_its_choices() {
    const auto help = paint_arguments({"--help"})->help;
    each_setting([&]<typename Value>(const Setting<Value>& setting) {
        const auto at = help.find("--" + std::string(setting.key));
        CHECK(at != help.npos);
        const auto line = help.substr(at, help.find('\n', at) - at);
        CHECK(line.contains(setting.help));
        for (const auto name : names<Value>)
            CHECK(line.contains(name));
        if constexpr (std::same_as<Value, double> || std::same_as<Value, std::optional<int>>)
            CHECK(line.contains(formatted("{:.10g}", setting.bounds.most)));
    });
}

void every_setting_can_stand_in_a_file() {
    const Folder folder;
    const std::string file = (folder.path / "settings.json").string();
    std::ofstream(file) << protocol::settings_to_json(other_settings());
    const auto arguments = with({"--settings", file});
    CHECK(arguments && arguments->settings == other_settings());
    each_setting([&](const auto& setting) {
        const auto one = with_one(setting, other_value(setting));
        CHECK(protocol::settings_from_json(protocol::settings_to_json(one)) == one);
    });
}

void every_setting_out_of_range_is_refused_by_its_name() {
    std::size_t tried = 0;
    each_setting([&]<typename Value>(const Setting<Value>& setting) {
        for (const Value& value : values_beyond(setting)) {
            const auto refusal = check(with_one(setting, value));
            CHECK(refusal && refusal->code == ErrorCode::invalid_request);
            CHECK(refusal->message.contains("\"" + std::string(setting.key) + "\""));
            const auto arguments = with(as_option(setting, value));
            CHECK(!arguments && arguments.error().message.contains(setting.key));
            ++tried;
        }
    });
    CHECK(tried > 30);
}

void every_value_that_is_none_is_refused_by_its_name() {
    each_setting([]<typename Value>(const Setting<Value>& setting) {
        const auto json = protocol::settings_from_json("{\"" + std::string(setting.key) + "\": {}}");
        CHECK(!json && json.error().message.contains("\"" + std::string(setting.key) + "\""));
        if (value_in<Value>("no such value"))
            return; // any text is a name
        if constexpr (!std::same_as<Value, bool>) {
            const auto arguments = with({"--" + std::string(setting.key) + "=no such value"});
            CHECK(!arguments && arguments.error().message.contains("--" + std::string(setting.key)));
        }
    });
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(every_row_has_a_key_of_its_own_and_says_what_it_is),
        TEST(the_defaults_and_all_other_values_can_be_painted_with),
        TEST(every_setting_is_an_option),
        TEST(every_option_says_its_range_and_its_choices),
        TEST(every_setting_can_stand_in_a_file),
        TEST(every_setting_out_of_range_is_refused_by_its_name),
        TEST(every_value_that_is_none_is_refused_by_its_name),
    });
}
