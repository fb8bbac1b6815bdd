// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings_json.hpp"

#include "json_reader.hpp"
#include "settings_object.hpp"

#include <neural_style/setting_table.hpp>

#include <cmath>
#include <concepts>
#include <limits>
#include <nlohmann/json.hpp>

namespace neural_style::protocol {

namespace {

using nlohmann::json;

// Each overload reads one kind of setting; a returned text completes "must be ...".

const char* fill(double& number, const json& value) {
    if (!value.is_number() || !std::isfinite(value.get<double>()))
        return "a number";
    number = value.get<double>();
    return nullptr;
}

template <std::integral Integer>
const char* fill(Integer& number, const json& value) {
    if (value.is_number_unsigned() &&
        value.get<std::uint64_t>() <= std::uint64_t(std::numeric_limits<Integer>::max()))
        number = static_cast<Integer>(value.get<std::uint64_t>());
    else if (std::signed_integral<Integer> && value.is_number_integer() && !value.is_number_unsigned() &&
             value.get<std::int64_t>() >= std::int64_t(std::numeric_limits<Integer>::min()))
        number = static_cast<Integer>(value.get<std::int64_t>());
    else
        return "a whole number";
    return nullptr;
}

template <typename Choice>
requires std::is_enum_v<Choice>
const char* fill(Choice& choice, const json& value) {
    const auto chosen =
        value.is_string() ? choice_named<Choice>(value.get_ref<const std::string&>()) : std::nullopt;
    if (!chosen) {
        static const std::string expected = [] {
            std::string list = "one of";
            for (std::string_view name : names<Choice>)
                list.append(name == names<Choice>.front() ? " " : ", ").append(name);
            return list;
        }();
        return expected.c_str();
    }
    choice = *chosen;
    return nullptr;
}

const char* fill(std::optional<int>& number, const json& value) {
    if (value.is_null()) {
        number.reset();
        return nullptr;
    }
    int given = 0;
    const char* expected = fill(given, value);
    if (!expected)
        number = given;
    return expected;
}

const char* fill(bool& flag, const json& value) {
    if (!value.is_boolean())
        return "true or false";
    flag = value.get<bool>();
    return nullptr;
}

const char* fill(std::string& text, const json& value) {
    if (!value.is_string() || value.get_ref<const std::string&>().size() > name_bytes_max)
        return "a text of at most 256 bytes";
    text = value.get<std::string>();
    return nullptr;
}

const char* fill(std::vector<std::string>& list, const json& value) {
    constexpr auto expected = "a list of at most 64 layer names, each of at most 256 bytes";
    if (!value.is_array() || value.size() > list_length_max)
        return expected;
    std::vector<std::string> given;
    for (const json& name : value) {
        if (!name.is_string() || name.get_ref<const std::string&>().size() > name_bytes_max)
            return expected;
        given.push_back(name.get<std::string>());
    }
    list = std::move(given);
    return nullptr;
}

const char* fill(std::vector<double>& list, const json& value) {
    constexpr auto expected = "a list of at most 64 numbers";
    if (!value.is_array() || value.size() > list_length_max)
        return expected;
    std::vector<double> given;
    for (const json& number : value)
        if (fill(given.emplace_back(), number))
            return expected;
    list = std::move(given);
    return nullptr;
}

json written(double number) {
    return number;
}
json written(std::integral auto number) {
    return number;
}
template <typename Choice>
requires std::is_enum_v<Choice> json written(Choice choice) {
    return std::string(name_of(choice));
}
json written(const std::string& text) {
    return text;
}
json written(const std::optional<int>& number) {
    return number ? json(*number) : json();
}
template <typename Element>
json written(const std::vector<Element>& list) {
    return list;
}

template <typename Object>
Object object_of(const Settings& settings, bool defaults_too) {
    Object object = Object::object();
    each_setting([&](const auto& setting) {
        const auto& value = settings.*setting.member;
        if (!defaults_too && value == default_of(setting))
            return;
        if (json of_value = written(value); !of_value.is_null())
            object[setting.key] = std::move(of_value);
    });
    return object;
}

} // namespace

std::string settings_to_json(const Settings& settings) {
    return object_of<nlohmann::ordered_json>(settings, true)
        .dump(-1, ' ', false, json::error_handler_t::replace);
}

json settings_object(const Settings& settings) {
    return object_of<json>(settings, true);
}

json changed_settings(const Settings& settings) {
    return object_of<json>(settings, false);
}

Result<Settings> settings_from_json(std::string_view text) {
    const auto object = json_object(text);
    if (!object)
        return failure(ErrorCode::invalid_request, "The settings cannot be read: " + object.error() + ".");
    return settings_in(*object);
}

Result<Settings> settings_in(const json& object) {
    if (!object.is_object())
        return failure(ErrorCode::invalid_request, "The settings cannot be read: it is not an object.");
    Settings settings;
    std::string problem;
    for (const auto& [key, value] : object.items()) {
        const bool known = with_setting(key, [&](const auto& setting) {
            if (const char* expected = fill(settings.*setting.member, value); expected && problem.empty())
                problem = std::string("The setting \"") + setting.key + "\" must be " + expected + ".";
        });
        if (!known && problem.empty())
            problem = "There is no setting named \"" + key.substr(0, 64) + "\". Correct or remove it.";
    }
    if (!problem.empty())
        return failure(ErrorCode::invalid_request, std::move(problem));
    return settings;
}

} // namespace neural_style::protocol
