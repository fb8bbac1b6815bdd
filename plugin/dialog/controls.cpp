// SPDX-License-Identifier: GPL-3.0-or-later
#include "controls.hpp"

#include <neural_style/setting_table.hpp>

namespace neural_style::plugin {
namespace {

/// GIMP leaves the controls unnamed for screen readers. A row may have several, as for a file.
void name_control(GtkWidget* widget, const char* label) {
    if (GTK_IS_SPIN_BUTTON(widget) || GTK_IS_COMBO_BOX(widget) || GTK_IS_ENTRY(widget) ||
        GTK_IS_BUTTON(widget))
        atk_object_set_name(gtk_widget_get_accessible(widget), spoken(label).c_str());
    if (GTK_IS_CONTAINER(widget)) // a file chooser button hides its button, hence `forall`
        gtk_container_forall(
            GTK_CONTAINER(widget),
            [](GtkWidget* child, void* text) { name_control(child, static_cast<const char*>(text)); },
            const_cast<char*>(label));
}

void name_by_argument(GtkWidget* widget, GimpProcedureConfig* config, const char* name) {
    if (GParamSpec* argument = g_object_class_find_property(G_OBJECT_GET_CLASS(config), name)) {
        name_control(widget, g_param_spec_get_nick(argument));
        gtk_widget_set_tooltip_text(widget, g_param_spec_get_blurb(argument));
    }
}

} // namespace

std::string spoken(const char* label) {
    std::string words;
    for (; *label; ++label)
        if (*label != '_')
            words += *label;
    return words;
}

GtkWidget* filled_box(const std::vector<GtkWidget*>& widgets) {
    GtkWidget* box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    for (GtkWidget* widget : widgets) {
        gtk_box_pack_start(GTK_BOX(box), widget, FALSE, FALSE, 0);
        gtk_widget_show(widget);
    }
    gtk_widget_show(box);
    return box;
}

Controls::Controls(GimpProcedureDialog* window, GimpProcedureConfig* config)
    : window_(window), config_(config), labels_(gtk_size_group_new(GTK_SIZE_GROUP_HORIZONTAL)) {}

/// The dialog keeps its own reference.
GtkWidget* Controls::control(const char* name) {
    // From GIMP 3.2 on, two or three choices would become radio buttons, which are higher and not aligned.
    const GParamSpec* argument = g_object_class_find_property(G_OBJECT_GET_CLASS(config_), name);
    const GType type = GIMP_IS_PARAM_SPEC_CHOICE(argument) ? GTK_TYPE_COMBO_BOX : G_TYPE_NONE;
    GtkWidget* widget = gimp_procedure_dialog_get_widget(window_, name, type);
    name_by_argument(widget, config_, name);
    return widget;
}

GtkWidget* Controls::labeled(const char* name) {
    GtkWidget* widget = control(name);
    if (GIMP_IS_LABELED(widget))
        gtk_size_group_add_widget(labels_.get(), gimp_labeled_get_label(GIMP_LABELED(widget)));
    return widget;
}

GtkWidget* Controls::entry(const char* name) {
    GtkWidget* widget = gimp_prop_label_entry_new(G_OBJECT(config_), name, -1);
    gtk_size_group_add_widget(labels_.get(), gimp_labeled_get_label(GIMP_LABELED(widget)));
    name_by_argument(widget, config_, name);
    return widget;
}

/// The label of GIMP's check button is already its name.
GtkWidget* Controls::check_button(const char* name) {
    return gimp_procedure_dialog_get_widget(window_, name, G_TYPE_NONE);
}

GtkWidget* Controls::spin_scale(const char* name, double lower, double upper, int digits) {
    GtkWidget* widget = gimp_procedure_dialog_get_spin_scale(window_, name, 1.0);
    gtk_spin_button_set_digits(GTK_SPIN_BUTTON(widget), digits);
    gimp_spin_scale_set_scale_limits(GIMP_SPIN_SCALE(widget), lower, upper);
    name_by_argument(widget, config_, name);
    return widget;
}

GtkWidget* Controls::setting(std::string_view key) {
    GtkWidget* widget = nullptr;
    with_setting(key, [&]<typename Value>(const Setting<Value>& setting) {
        const auto [least, most, digits] = setting.slider;
        if constexpr (std::is_same_v<Value, bool>)
            widget = check_button(setting.key);
        else
            widget = most > least ? spin_scale(setting.key, least, most, digits) : labeled(setting.key);
    });
    return widget;
}

GtkWidget* Controls::row(const char* label, GtkWidget* widget) {
    GtkWidget* row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    GtkWidget* words = gtk_label_new_with_mnemonic(label);
    gtk_label_set_xalign(GTK_LABEL(words), 0);
    gtk_label_set_mnemonic_widget(GTK_LABEL(words), widget);
    gtk_size_group_add_widget(labels_.get(), words);
    gtk_box_pack_start(GTK_BOX(row), words, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(row), widget, TRUE, TRUE, 0);
    gtk_widget_show_all(row);
    return row;
}

} // namespace neural_style::plugin
