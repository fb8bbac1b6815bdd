// SPDX-License-Identifier: GPL-3.0-or-later
#include "preset_bar.hpp"

#include "question.hpp"
#include "translation.hpp"

namespace neural_style::plugin {

PresetBar::PresetBar(const Presets& presets)
    : presets_(presets), row_(gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6)), combo_(gtk_combo_box_text_new()) {
    GtkWidget* label = gtk_label_new_with_mnemonic(_("_Preset"));
    gtk_label_set_mnemonic_widget(GTK_LABEL(label), combo_);
    atk_object_set_name(gtk_widget_get_accessible(combo_), _("Preset"));
    gtk_widget_set_tooltip_text(combo_, _("Settings that you have saved under a name"));
    GtkWidget* save = gtk_button_new_from_icon_name("document-save-as", GTK_ICON_SIZE_BUTTON);
    atk_object_set_name(gtk_widget_get_accessible(save), _("Save as a preset"));
    gtk_widget_set_tooltip_text(save, _("Save these settings under a name"));
    GtkWidget* more = gtk_menu_button_new();
    atk_object_set_name(gtk_widget_get_accessible(more), _("More for presets"));
    gtk_widget_set_tooltip_text(more, _("Take in, hand on or remove presets"));
    GtkWidget* menu = gtk_menu_new();
    const auto item = [&](const char* text, auto action) {
        GtkWidget* widget = gtk_menu_item_new_with_mnemonic(text);
        g_signal_connect_swapped(widget, "activate", G_CALLBACK(+action), this);
        gtk_menu_shell_append(GTK_MENU_SHELL(menu), widget);
        return widget;
    };
    item(_("_Import a file…"), [](PresetBar* self) { self->take(); });
    hand_on_item_ = item(_("_Export to a file…"), [](PresetBar* self) { self->hand_on(); });
    remove_item_ = item(_("_Remove this preset"), [](PresetBar* self) { self->remove(); });
    gtk_widget_show_all(menu);
    gtk_menu_button_set_popup(GTK_MENU_BUTTON(more), menu);
    gtk_box_pack_start(GTK_BOX(row_), label, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(row_), combo_, TRUE, TRUE, 0);
    gtk_box_pack_start(GTK_BOX(row_), save, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(row_), more, FALSE, FALSE, 0);
    gtk_widget_show_all(row_);
    g_signal_connect_swapped(combo_, "changed", G_CALLBACK(+[](PresetBar* self) { self->apply(); }), this);
    g_signal_connect_swapped(save, "clicked", G_CALLBACK(+[](PresetBar* self) { self->save(); }), this);
    fill({});
}

void PresetBar::fill(const std::string& active) {
    filling_ = true;
    GtkComboBoxText* combo = GTK_COMBO_BOX_TEXT(combo_);
    gtk_combo_box_text_remove_all(combo);
    gtk_combo_box_text_append(combo, "", _("None"));
    for (const auto& name : presets_.names())
        gtk_combo_box_text_append(combo, name.c_str(), name.c_str());
    if (!gtk_combo_box_set_active_id(GTK_COMBO_BOX(combo_), active.c_str()))
        gtk_combo_box_set_active_id(GTK_COMBO_BOX(combo_), "");
    for (GtkWidget* item : {remove_item_, hand_on_item_})
        gtk_widget_set_sensitive(item, !this->active().empty());
    filling_ = false;
}

std::string PresetBar::active() const {
    const char* id = gtk_combo_box_get_active_id(GTK_COMBO_BOX(combo_));
    return id ? id : "";
}

void PresetBar::forget_choice() {
    if (!filling_ && !active().empty())
        fill({});
}

void PresetBar::apply() {
    if (filling_)
        return;
    const std::string name = active();
    for (GtkWidget* item : {remove_item_, hand_on_item_})
        gtk_widget_set_sensitive(item, !name.empty());
    if (name.empty())
        return;
    const auto settings = presets_.read(name);
    if (!tell(settings) || !chosen)
        return;
    filling_ = true; // what it changes does not end the choice
    chosen(*settings);
    filling_ = false;
}

void PresetBar::save() {
    const auto settings = settings_now();
    if (!tell(settings))
        return;
    GtkWidget* dialog = gtk_dialog_new_with_buttons(
        _("Save as a preset"), GTK_WINDOW(gtk_widget_get_toplevel(row_)), GTK_DIALOG_MODAL, _("_Cancel"),
        GTK_RESPONSE_CANCEL, _("_Save"), GTK_RESPONSE_ACCEPT, nullptr);
    GtkWidget* entry = gtk_entry_new();
    atk_object_set_name(gtk_widget_get_accessible(entry), _("Name of the preset"));
    gtk_entry_set_text(GTK_ENTRY(entry), active().c_str());
    gtk_entry_set_activates_default(GTK_ENTRY(entry), TRUE);
    gtk_dialog_set_default_response(GTK_DIALOG(dialog), GTK_RESPONSE_ACCEPT);
    GtkWidget* label = gtk_label_new_with_mnemonic(_("_Name"));
    gtk_label_set_mnemonic_widget(GTK_LABEL(label), entry);
    GtkWidget* row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    gtk_container_set_border_width(GTK_CONTAINER(row), 12);
    gtk_box_pack_start(GTK_BOX(row), label, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(row), entry, TRUE, TRUE, 0);
    gtk_container_add(GTK_CONTAINER(gtk_dialog_get_content_area(GTK_DIALOG(dialog))), row);
    ask(dialog, [this, entry, settings = *settings] {
        const std::string name = gtk_entry_get_text(GTK_ENTRY(entry));
        if (tell(presets_.save(name, settings)))
            fill(name);
    });
}

void PresetBar::remove() {
    tell(presets_.remove(active()));
    fill({});
}

void PresetBar::take() {
    ask_file(row_, _("Import a preset"), GTK_FILE_CHOOSER_ACTION_OPEN, {},
             [this](const std::filesystem::path& file) {
                 if (const auto name = presets_.take(file); tell(name)) {
                     fill(*name);
                     apply();
                 }
             });
}

void PresetBar::hand_on() {
    ask_file(
        row_, _("Export a preset"), GTK_FILE_CHOOSER_ACTION_SAVE, active() + Presets::ending,
        [this, name = active()](const std::filesystem::path& file) { tell(presets_.hand_on(name, file)); });
}

} // namespace neural_style::plugin
