// SPDX-License-Identifier: GPL-3.0-or-later
#include "style_list.hpp"

#include "translation.hpp"

#include <algorithm>
#include <utility>

namespace neural_style::plugin {
namespace {

constexpr int thumbnail_side = 36;
constexpr double share_max = 100;

int number_of(GtkWidget* widget) {
    return GPOINTER_TO_INT(g_object_get_data(G_OBJECT(widget), "number"));
}
void set_number(GtkWidget* widget, std::size_t number) {
    g_object_set_data(G_OBJECT(widget), "number", GINT_TO_POINTER(int(number)));
}

} // namespace

StyleList::StyleList(Gallery& gallery, MaskChoices& masks)
    : gallery_(gallery), masks_(masks), column_(gtk_box_new(GTK_ORIENTATION_VERTICAL, 6)),
      list_(gtk_list_box_new()), add_(gtk_button_new_with_mnemonic(_("Add another st_yle"))) {
    g_object_ref_sink(column_);
    g_object_ref_sink(list_); // its window may be destroyed first
    GtkWidget* help = gtk_label_new(
        _("The selected row takes the painting that you click in the gallery. Shares blend styles; a region "
          "keeps a style to one place."));
    gtk_label_set_xalign(GTK_LABEL(help), 0);
    gtk_label_set_line_wrap(GTK_LABEL(help), TRUE);
    gtk_label_set_max_width_chars(GTK_LABEL(help), 30);
    gtk_style_context_add_class(gtk_widget_get_style_context(help), "dim-label");
    gtk_box_pack_start(GTK_BOX(column_), help, FALSE, FALSE, 0);
    gtk_list_box_set_selection_mode(GTK_LIST_BOX(list_), GTK_SELECTION_BROWSE);
    atk_object_set_name(gtk_widget_get_accessible(list_), _("Styles of the painting"));
    GtkWidget* frame = gtk_frame_new(nullptr);
    gtk_container_add(GTK_CONTAINER(frame), list_);
    gtk_box_pack_start(GTK_BOX(column_), frame, FALSE, FALSE, 0);
    gtk_button_set_image(GTK_BUTTON(add_), gtk_image_new_from_icon_name("list-add", GTK_ICON_SIZE_BUTTON));
    gtk_button_set_always_show_image(GTK_BUTTON(add_), TRUE);
    gtk_widget_set_halign(add_, GTK_ALIGN_START);
    gtk_widget_set_tooltip_text(add_, _("Paint in the manner of one more picture"));
    gtk_box_pack_start(GTK_BOX(column_), add_, FALSE, FALSE, 0);
    g_signal_connect_swapped(add_, "clicked", G_CALLBACK(+[](StyleList* self) {
                                 self->styles_.push_back({.picture = self->styles_.back().picture});
                                 self->selected_ = self->styles_.size() - 1;
                                 self->rebuild();
                                 self->tell();
                             }),
                             this);
    g_signal_connect(list_, "row-selected", G_CALLBACK(+[](GtkListBox*, GtkListBoxRow* row, void* data) {
                         auto* self = static_cast<StyleList*>(data);
                         if (!row || self->showing_)
                             return;
                         self->selected_ = std::size_t(gtk_list_box_row_get_index(row));
                         self->gallery_.select(self->styles_[self->selected_].picture);
                     }),
                     this);
    gallery_.thumbnail_arrived = [this] { refresh(); };
    gtk_widget_show_all(column_);
}

StyleList::~StyleList() {
    gallery_.thumbnail_arrived = {};
    g_signal_handlers_disconnect_by_data(list_, this);
    g_object_unref(list_);
    g_object_unref(column_);
}

void StyleList::show(const std::vector<StyleSlot>& styles) {
    if (styles == styles_)
        return;
    const bool same_rows = styles.size() == styles_.size();
    styles_ = styles;
    selected_ = std::min(selected_, styles_.size() - 1);
    if (same_rows)
        refresh();
    else
        rebuild();
    gallery_.select(styles_[selected_].picture);
}

void StyleList::take(const StyleChoice& style) {
    styles_[selected_].picture = style;
    refresh();
    tell();
}

void StyleList::tell() {
    if (changed)
        changed(styles_);
}

void StyleList::rebuild() {
    showing_ = true;
    for (const auto& widgets : std::exchange(rows_, {}))
        gtk_widget_destroy(widgets.row);
    for (std::size_t i = 0; i < styles_.size(); ++i)
        append_row(i);
    gtk_list_box_select_row(GTK_LIST_BOX(list_),
                            gtk_list_box_get_row_at_index(GTK_LIST_BOX(list_), int(selected_)));
    showing_ = false;
    gtk_widget_set_sensitive(add_, styles_.size() < SettingsRange::styles_max);
    refresh();
}

void StyleList::append_row(std::size_t number) {
    RowWidgets widgets{.row = gtk_list_box_row_new(),
                       .picture = gtk_image_new(),
                       .title = gtk_label_new(nullptr),
                       .share = gtk_spin_button_new_with_range(0, share_max, 0.1),
                       .where = nullptr};
    const auto named = [&](GtkWidget* widget, const std::string& name) {
        atk_object_set_name(gtk_widget_get_accessible(widget), name.c_str());
    };
    GtkWidget* grid = gtk_grid_new();
    gtk_grid_set_column_spacing(GTK_GRID(grid), 6);
    gtk_grid_set_row_spacing(GTK_GRID(grid), 4);
    gtk_container_set_border_width(GTK_CONTAINER(grid), 4);
    gtk_widget_set_size_request(widgets.picture, thumbnail_side, thumbnail_side);
    gtk_grid_attach(GTK_GRID(grid), widgets.picture, 0, 0, 1, 2);
    gtk_label_set_xalign(GTK_LABEL(widgets.title), 0);
    gtk_label_set_ellipsize(GTK_LABEL(widgets.title), PANGO_ELLIPSIZE_END);
    gtk_widget_set_hexpand(widgets.title, TRUE);
    gtk_grid_attach(GTK_GRID(grid), widgets.title, 1, 0, 1, 1);
    gtk_spin_button_set_digits(GTK_SPIN_BUTTON(widgets.share), 1);
    gtk_entry_set_width_chars(GTK_ENTRY(widgets.share), 4);
    gtk_widget_set_tooltip_text(widgets.share, _("Share of this style beside the others"));
    named(widgets.share, sentence(_("Share of style {}"), number + 1));
    set_number(widgets.share, number);
    g_signal_connect(widgets.share, "value-changed", G_CALLBACK(+[](GtkSpinButton* spin, void* data) {
                         auto* self = static_cast<StyleList*>(data);
                         const auto number = std::size_t(number_of(GTK_WIDGET(spin)));
                         if (self->showing_ || number >= self->styles_.size())
                             return;
                         self->styles_[number].share = gtk_spin_button_get_value(spin);
                         self->tell();
                     }),
                     this);
    gtk_grid_attach(GTK_GRID(grid), widgets.share, 2, 0, 1, 1);
    GtkWidget* remove = gtk_button_new_from_icon_name("list-remove", GTK_ICON_SIZE_BUTTON);
    gtk_button_set_relief(GTK_BUTTON(remove), GTK_RELIEF_NONE);
    gtk_widget_set_tooltip_text(remove, _("Leave this style out"));
    named(remove, sentence(_("Leave out style {}"), number + 1));
    gtk_widget_set_sensitive(remove, styles_.size() > 1);
    set_number(remove, number);
    g_signal_connect(remove, "clicked", G_CALLBACK(+[](GtkWidget* button, void* self) {
                         static_cast<StyleList*>(self)->remove(std::size_t(number_of(button)));
                     }),
                     this);
    gtk_grid_attach(GTK_GRID(grid), remove, 3, 0, 1, 1);
    widgets.where = masks_.combo(_("Everywhere"), sentence(_("Region of style {}"), number + 1).c_str(),
                                 styles_[number].region, [this, number](std::optional<int> id) {
                                     styles_[number].region = id;
                                     tell();
                                 });
    gtk_widget_set_tooltip_text(widgets.where,
                                _("Where this style paints: white in a mask or channel, opaque in a layer"));
    gtk_grid_attach(GTK_GRID(grid), widgets.where, 1, 1, 3, 1);
    gtk_container_add(GTK_CONTAINER(widgets.row), grid);
    gtk_container_add(GTK_CONTAINER(list_), widgets.row);
    gtk_widget_show_all(widgets.row);
    rows_.push_back(widgets);
}

void StyleList::remove(std::size_t number) {
    if (styles_.size() < 2)
        return;
    styles_.erase(styles_.begin() + std::ptrdiff_t(number));
    selected_ = std::min(selected_, styles_.size() - 1);
    // Deferred: the button that triggered this is in one of the rows.
    soon_.start(std::chrono::milliseconds(0), [this] {
        rebuild();
        gallery_.select(styles_[selected_].picture);
        tell();
    });
}

void StyleList::refresh() {
    showing_ = true;
    for (std::size_t i = 0; i < rows_.size() && i < styles_.size(); ++i) {
        const auto& style = styles_[i];
        if (GdkPixbuf* thumbnail = gallery_.thumbnail(style.picture)) {
            const double scale = double(thumbnail_side) /
                                 std::max(gdk_pixbuf_get_width(thumbnail), gdk_pixbuf_get_height(thumbnail));
            const GObjectPointer<GdkPixbuf> small(gdk_pixbuf_scale_simple(
                thumbnail, std::max(1, int(gdk_pixbuf_get_width(thumbnail) * scale)),
                std::max(1, int(gdk_pixbuf_get_height(thumbnail) * scale)), GDK_INTERP_BILINEAR));
            gtk_image_set_from_pixbuf(GTK_IMAGE(rows_[i].picture), small.get());
        }
        gtk_label_set_text(GTK_LABEL(rows_[i].title), gallery_.title(style.picture).c_str());
        gtk_spin_button_set_value(GTK_SPIN_BUTTON(rows_[i].share), style.share);
        MaskChoices::show(rows_[i].where, style.region);
    }
    showing_ = false;
}

} // namespace neural_style::plugin
