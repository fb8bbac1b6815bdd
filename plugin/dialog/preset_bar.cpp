// SPDX-License-Identifier: GPL-3.0-or-later
#include "preset_bar.hpp"

#include "question.hpp"
#include "translation.hpp"

#include <utility>

namespace neural_style::plugin {
namespace {

enum Column { id_column, title_column, picture_column };
/// In pixels: as high as a row of buttons allows.
constexpr int picture_width = 48, picture_height = 36, title_distance = 4;

} // namespace

PresetBar::PresetBar(const Presets& presets, PresetCatalog bundled)
    : presets_(presets), bundled_(std::move(bundled)),
      rows_(gtk_list_store_new(3, G_TYPE_STRING, G_TYPE_STRING, GDK_TYPE_PIXBUF)),
      row_(gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6)),
      combo_(gtk_combo_box_new_with_model(GTK_TREE_MODEL(rows_.get()))) {
    gtk_combo_box_set_id_column(GTK_COMBO_BOX(combo_), id_column);
    GtkCellRenderer* picture = gtk_cell_renderer_pixbuf_new();
    gtk_cell_layout_pack_start(GTK_CELL_LAYOUT(combo_), picture, FALSE);
    gtk_cell_layout_add_attribute(GTK_CELL_LAYOUT(combo_), picture, "pixbuf", picture_column);
    GtkCellRenderer* title = gtk_cell_renderer_text_new();
    g_object_set(title, "xpad", title_distance, nullptr);
    gtk_cell_layout_pack_start(GTK_CELL_LAYOUT(combo_), title, TRUE);
    gtk_cell_layout_add_attribute(GTK_CELL_LAYOUT(combo_), title, "text", title_column);
    GtkWidget* label = gtk_label_new_with_mnemonic(_("_Preset"));
    gtk_label_set_mnemonic_widget(GTK_LABEL(label), combo_);
    atk_object_set_name(gtk_widget_get_accessible(combo_), _("Preset"));
    gtk_widget_set_tooltip_text(
        combo_, _("Settings under a name: those that come along, then those that you have saved"));
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
    gtk_list_store_clear(rows_.get());
    append("", _("None"));
    for (const auto& preset : bundled_.presets())
        append("/" + preset.name, display_title(preset), preset.picture);
    for (const auto& name : presets_.names())
        append(name, name);
    if (!gtk_combo_box_set_active_id(GTK_COMBO_BOX(combo_), active.c_str()))
        gtk_combo_box_set_active_id(GTK_COMBO_BOX(combo_), "");
    follow_choice();
    filling_ = false;
}

void PresetBar::append(const std::string& id, const std::string& title,
                       const std::filesystem::path& picture) {
    // Synchronously: a few kilobytes each.
    const GObjectPointer<GdkPixbuf> pixels(
        picture.empty()
            ? nullptr
            : gdk_pixbuf_new_from_file_at_size(picture.c_str(), picture_width, picture_height, nullptr));
    gtk_list_store_insert_with_values(rows_.get(), nullptr, -1, id_column, id.c_str(), title_column,
                                      title.c_str(), picture_column, pixels.get(), -1);
}

/// Bundled presets can be neither removed nor exported.
void PresetBar::follow_choice() {
    const bool mine = !active().empty() && !active_bundled();
    for (GtkWidget* item : {remove_item_, hand_on_item_})
        gtk_widget_set_sensitive(item, mine);
}

std::optional<BundledPreset> PresetBar::active_bundled() const {
    const std::string id = active();
    if (!id.starts_with("/"))
        return std::nullopt;
    const auto found = bundled_.find(id.substr(1));
    return found ? std::optional(*found) : std::nullopt;
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
    follow_choice();
    const std::string name = active();
    if (name.empty())
        return;
    const auto bundled = active_bundled();
    const auto preset = bundled ? chosen_preset(*bundled) : chosen_preset(name, presets_, {});
    if (!tell(preset) || !chosen)
        return;
    filling_ = true; // its changes do not end the choice
    chosen(*preset);
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
    const auto bundled = active_bundled();
    gtk_entry_set_text(GTK_ENTRY(entry), (bundled ? display_title(*bundled) : active()).c_str());
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
