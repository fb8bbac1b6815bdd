// SPDX-License-Identifier: GPL-3.0-or-later
/// For the tests that iterate over the table of settings: valid and invalid values for each row.
///
///     each_setting([](const auto& setting) { settings.*setting.member = tests::other_value(setting); });
#pragma once

#include <neural_style/setting_table.hpp>

#include <cmath>
#include <concepts>
#include <vector>

namespace tests {

using neural_style::Setting;

/// A valid value other than the default.
template <typename Value>
Value other_value(const Setting<Value>& setting) {
    const Value otherwise = default_of(setting);
    if constexpr (std::is_enum_v<Value>)
        return otherwise != Value{} ? Value{} : Value(neural_style::names<Value>.size() - 1);
    else if constexpr (std::same_as<Value, bool>)
        return !otherwise;
    else if constexpr (std::same_as<Value, std::string>)
        return "waves";
    else if constexpr (std::same_as<Value, std::vector<std::string>>)
        return {"layer-1", "layer-2"};
    else if constexpr (std::same_as<Value, std::vector<double>>)
        return {2, 0.5};
    else if constexpr (std::same_as<Value, std::optional<int>>)
        return int(setting.bounds.most);
    else {
        const auto most = std::isfinite(setting.bounds.most) ? Value(setting.bounds.most) : Value(7);
        return most != otherwise ? most : Value(setting.bounds.least);
    }
}

/// Values that `check` refuses; empty if every value is valid.
template <typename Value>
std::vector<Value> values_beyond(const Setting<Value>& setting) {
    const auto [least, most, or_zero] = setting.bounds;
    if constexpr (std::same_as<Value, std::string>)
        return {"../waves", ".waves", std::string(neural_style::SettingsRange::name_length_max + 1, 'x')};
    else if constexpr (std::same_as<Value, std::vector<double>>)
        return {{1, -1}, {most * 2, 1}, {0, 0}};
    else if constexpr (std::same_as<Value, double>)
        return {least - 0.125, most + 0.125};
    else if constexpr (std::same_as<Value, int> || std::same_as<Value, std::optional<int>>)
        return {int(least) - 1, int(most) + 1};
    else
        return {};
}

/// Every setting with its other value.
inline neural_style::Settings other_settings() {
    neural_style::Settings settings;
    neural_style::each_setting([&](const auto& setting) { settings.*setting.member = other_value(setting); });
    return settings;
}

} // namespace tests
