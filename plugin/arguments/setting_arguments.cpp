// SPDX-License-Identifier: GPL-3.0-or-later
#include "setting_arguments.hpp"

#include "glib_pointers.hpp"
#include "translation.hpp"

#include <neural_style/setting_table.hpp>
#include <neural_style/setting_text.hpp>

#include <algorithm>
#include <concepts>
#include <string>
#include <utility>

namespace neural_style::plugin {
namespace {

constexpr GParamFlags flags = G_PARAM_READWRITE;

template <typename Value>
concept WholeNumber = std::same_as<Value, std::optional<int>> ||
    (std::integral<Value> && !std::same_as<Value, bool>);

template <typename Value>
int as_int(const Value& value) {
    if constexpr (std::same_as<Value, std::optional<int>>)
        return value.value_or(0);
    else
        return std::in_range<int>(value) ? int(value) : G_MAXINT;
}

template <typename Value>
void add_argument(GimpProcedure* procedure, const Setting<Value>& setting) {
    const char* label = _(setting.label);
    const auto otherwise = default_of(setting);
    const auto& bounds = setting.bounds;
    if constexpr (std::is_enum_v<Value>) {
        GimpChoice* choice = gimp_choice_new();
        for (std::size_t i = 0; i < setting.choices.size(); ++i)
            gimp_choice_add(choice, names<Value>[i].data(), int(i), _(setting.choices[i].label),
                            _(setting.choices[i].help));
        gimp_procedure_add_choice_argument(procedure, setting.key, label, _(setting.help), choice,
                                           name_of(otherwise).data(), flags);
    } else if constexpr (std::same_as<Value, bool>) {
        gimp_procedure_add_boolean_argument(procedure, setting.key, label, _(setting.help), otherwise, flags);
    } else if constexpr (std::same_as<Value, double>) {
        gimp_procedure_add_double_argument(procedure, setting.key, label, _(setting.help), bounds.least,
                                           bounds.most, otherwise, flags);
    } else if constexpr (WholeNumber<Value>) {
        const bool may_lack = std::same_as<Value, std::optional<int>>;
        const auto help = may_lack ? sentence(_("{}. 0: automatic."), _(setting.help)) : _(setting.help);
        gimp_procedure_add_int_argument(
            procedure, setting.key, label, help.c_str(), may_lack || bounds.or_zero ? 0 : int(bounds.least),
            int(std::min<double>(bounds.most, G_MAXINT)), as_int(otherwise), flags);
    } else {
        gimp_procedure_add_string_argument(procedure, setting.key, label, _(setting.help),
                                           text_of(otherwise).c_str(), flags);
    }
}

/// Nothing if the text is not such a value.
template <typename Value>
std::optional<Value> value_of(GObject* config, const char* key) {
    if constexpr (std::same_as<Value, bool>) {
        gboolean value = FALSE;
        g_object_get(config, key, &value, nullptr);
        return bool(value);
    } else if constexpr (std::same_as<Value, double>) {
        double value = 0;
        g_object_get(config, key, &value, nullptr);
        return value;
    } else if constexpr (WholeNumber<Value>) {
        int value = 0;
        g_object_get(config, key, &value, nullptr);
        if constexpr (std::same_as<Value, std::optional<int>>)
            return value > 0 ? Value(value) : Value();
        else
            return Value(value);
    } else {
        char* text = nullptr;
        g_object_get(config, key, &text, nullptr);
        const GStringPointer owned(text);
        return value_in<Value>(text ? text : "");
    }
}

template <typename Value>
void write_value(GObject* config, const char* key, const Value& value) {
    if constexpr (std::same_as<Value, bool>)
        g_object_set(config, key, gboolean(value), nullptr);
    else if constexpr (std::same_as<Value, double>)
        g_object_set(config, key, value, nullptr);
    else if constexpr (WholeNumber<Value>)
        g_object_set(config, key, as_int(value), nullptr);
    else
        g_object_set(config, key, text_of(value).c_str(), nullptr);
}

} // namespace

void add_setting_arguments(GimpProcedure* procedure) {
    each_setting([&](const auto& setting) { add_argument(procedure, setting); });
}

Result<Settings> read_settings(GimpProcedureConfig* config) {
    Settings settings;
    Result<void> good;
    each_setting([&]<typename Value>(const Setting<Value>& setting) {
        if (auto value = value_of<Value>(G_OBJECT(config), setting.key))
            settings.*setting.member = *std::move(value);
        else if (std::same_as<Value, std::vector<double>> && good) {
            char* text = nullptr;
            g_object_get(config, setting.key, &text, nullptr);
            good =
                failure(ErrorCode::invalid_request,
                        sentence(_("“{}” is not a list of numbers such as “2,1”: correct the argument {}."),
                                 GStringPointer(text).get(), setting.key));
        }
    });
    if (!good)
        return std::unexpected(good.error());
    return settings;
}

void write_settings(GimpProcedureConfig* config, const Settings& settings) {
    g_object_freeze_notify(G_OBJECT(config));
    each_setting(
        [&](const auto& setting) { write_value(G_OBJECT(config), setting.key, settings.*setting.member); });
    g_object_thaw_notify(G_OBJECT(config));
}

std::vector<std::string> write_known_settings(GObject* config, const Settings& settings) {
    std::vector<std::string> others;
    each_setting([&](const auto& setting) {
        const auto& value = settings.*setting.member;
        if (g_object_class_find_property(G_OBJECT_GET_CLASS(config), setting.key))
            write_value(config, setting.key, value);
        else if (value != default_of(setting))
            others.push_back(without_mnemonic(_(setting.label)));
    });
    return others;
}

} // namespace neural_style::plugin
