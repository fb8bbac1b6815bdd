// SPDX-License-Identifier: GPL-3.0-or-later
#include <neural_style/formatted.hpp>
#include <neural_style/setting_table.hpp>

#include <algorithm>
#include <concepts>
#include <string>

namespace neural_style {

namespace {

Error refused(std::string message) {
    return {ErrorCode::invalid_request, std::move(message)};
}

std::optional<Error> refusal(const char* key, const Bounds& bounds, double value, const char* what = "is") {
    if (bounds.allow(value))
        return std::nullopt;
    return refused(formatted("The setting \"{}\" {} {:.10g}; choose {}a value from {:.10g} to {:.10g}.", key,
                             what, value, bounds.or_zero ? "0 for none, or " : "", bounds.least,
                             bounds.most));
}

/// Why the value is refused; nothing if it is valid.
template <typename Value>
std::optional<Error> refusal(const Setting<Value>& setting, const Value& value) {
    if constexpr (std::same_as<Value, std::optional<int>>) {
        return value ? refusal(setting.key, setting.bounds, *value) : std::nullopt;
    } else if constexpr (std::same_as<Value, std::string>) {
        if (value.size() > SettingsRange::name_length_max || value.starts_with('.') ||
            value.find_first_of(std::string_view("/\\\0", 3)) != value.npos)
            return refused(formatted("The setting \"{}\" is no name; choose one of those that are listed.",
                                     setting.key));
    } else if constexpr (std::same_as<Value, std::vector<double>>) {
        for (const double weight : value)
            if (auto e = refusal(setting.key, setting.bounds, weight, "has a share or weight of"))
                return e;
        if (!value.empty() && std::ranges::all_of(value, [](double weight) { return weight == 0; }))
            return refused(formatted(
                "All shares or weights of the setting \"{}\" are 0; make at least one larger.", setting.key));
    } else if constexpr (std::is_arithmetic_v<Value> && !std::same_as<Value, bool>) {
        return refusal(setting.key, setting.bounds, double(value));
    }
    return std::nullopt;
}

} // namespace

std::optional<Error> check(const Settings& settings) {
    std::optional<Error> first;
    each_setting([&](const auto& setting) {
        if (!first)
            first = refusal(setting, settings.*setting.member);
    });
    if (first)
        return first;
    if (!settings.layer_weights.empty() && settings.layer_weights.size() != settings.style_layers.size())
        return refused(formatted("There are {} layer weights for {} style layers; give one for each.",
                                 settings.layer_weights.size(), settings.style_layers.size()));
    return std::nullopt;
}

} // namespace neural_style
