// SPDX-License-Identifier: GPL-3.0-or-later
#include "trained_list.hpp"

#include "translation.hpp"

#include <algorithm>

namespace neural_style::plugin {

TrainedList::TrainedList() : combo_(gtk_combo_box_text_new()) {
    g_object_ref_sink(combo_);
    // Titles may be long: the list must not widen the window.
    GList* cells = gtk_cell_layout_get_cells(GTK_CELL_LAYOUT(combo_));
    for (GList* cell = cells; cell; cell = cell->next)
        g_object_set(cell->data, "ellipsize", PANGO_ELLIPSIZE_END, "width-chars", 14, nullptr);
    g_list_free(cells);
    g_signal_connect_swapped(combo_, "changed", G_CALLBACK(+[](TrainedList* self) {
                                 if (!self->filling_ && self->chosen)
                                     self->chosen(self->active());
                             }),
                             this);
    fill({});
}

TrainedList::~TrainedList() {
    g_signal_handlers_disconnect_by_data(combo_, this);
    g_object_unref(combo_);
}

std::string TrainedList::active() const {
    const char* name = gtk_combo_box_get_active_id(GTK_COMBO_BOX(combo_));
    return name ? name : "";
}

void TrainedList::fill(const std::string& active) {
    filling_ = true;
    GtkComboBoxText* combo = GTK_COMBO_BOX_TEXT(combo_);
    gtk_combo_box_text_remove_all(combo);
    gtk_combo_box_text_append(combo, "", _("No trained style"));
    for (const auto& style : styles_)
        gtk_combo_box_text_append(combo, style.name.c_str(),
                                  style.title.empty() ? style.name.c_str() : style.title.c_str());
    if (!gtk_combo_box_set_active_id(GTK_COMBO_BOX(combo_), active.c_str())) {
        gtk_combo_box_text_append(combo, active.c_str(), active.c_str());
        gtk_combo_box_set_active_id(GTK_COMBO_BOX(combo_), active.c_str());
    }
    filling_ = false;
}

void TrainedList::offer(const std::vector<TrainedStyle>& styles) {
    if (styles == styles_)
        return;
    styles_ = styles;
    fill(active());
}

void TrainedList::show(const std::string& name) {
    if (name != active())
        fill(name);
}

} // namespace neural_style::plugin
