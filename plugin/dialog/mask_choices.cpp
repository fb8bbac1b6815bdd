// SPDX-License-Identifier: GPL-3.0-or-later
#include "mask_choices.hpp"

#include "glib_pointers.hpp"
#include "item_name.hpp"
#include "translation.hpp"

#include <memory>
#include <utility>

namespace neural_style::plugin {
namespace {

/// Values of `id_column` that are not ids of drawables.
constexpr int nowhere = 0, selection = -1;
constexpr int thumbnail_side = 24;

enum Column { id_column, title_column, thumbnail_column };

/// The state of a combo box.
struct Combo {
    MaskChoices::Chosen chosen;
    std::string none;
    bool showing = false;
};

Combo& data_of(GtkWidget* combo) {
    return *static_cast<Combo*>(g_object_get_data(G_OBJECT(combo), "choice"));
}

void append(GtkListStore* model, int id, const std::string& title) {
    GObjectPointer<GdkPixbuf> thumbnail;
    if (id > 0)
        thumbnail.reset(gimp_drawable_get_thumbnail(gimp_drawable_get_by_id(id), thumbnail_side,
                                                    thumbnail_side, GIMP_PIXBUF_SMALL_CHECKS));
    gtk_list_store_insert_with_values(model, nullptr, -1, id_column, id, title_column, title.c_str(),
                                      thumbnail_column, thumbnail.get(), -1);
}

/// NULL if nothing is selected. The layers remain the selected items, so that Repeat paints them.
GimpChannel* kept_selection(GimpImage* image) {
    if (!gimp_image_is_valid(image) || gimp_selection_is_empty(image))
        return nullptr;
    GimpLayer** selected = gimp_image_get_selected_layers(image);
    gimp_image_undo_group_start(image);
    GimpChannel* kept = GIMP_CHANNEL(gimp_selection_save(image));
    if (kept)
        gimp_item_set_name(GIMP_ITEM(kept), _("Neural Style region"));
    gimp_image_undo_group_end(image);
    if (selected && selected[0])
        gimp_image_set_selected_layers(image, const_cast<const GimpLayer**>(selected));
    g_free(selected);
    return kept;
}

bool activate(GtkWidget* combo, int id) {
    GtkTreeModel* model = gtk_combo_box_get_model(GTK_COMBO_BOX(combo));
    GtkTreeIter row;
    for (bool more = gtk_tree_model_get_iter_first(model, &row); more;
         more = gtk_tree_model_iter_next(model, &row)) {
        int row_id = 0;
        gtk_tree_model_get(model, &row, id_column, &row_id, -1);
        if (row_id == id) {
            gtk_combo_box_set_active_iter(GTK_COMBO_BOX(combo), &row);
            return true;
        }
    }
    return false;
}

} // namespace

MaskChoices::MaskChoices(GimpImage* image, GimpLayer* layer) : image_(image), layer_(layer) {}

std::vector<MaskChoices::Choice> MaskChoices::choices() const {
    std::vector<Choice> found;
    const auto add_layers = [&](const auto& recurse, GimpItem** items, bool masks) -> void {
        for (GimpItem** item = items; item && *item; ++item) {
            if (masks) {
                if (GimpLayerMask* mask = gimp_layer_get_mask(GIMP_LAYER(*item)))
                    found.push_back(
                        {gimp_item_get_id(GIMP_ITEM(mask)), sentence(_("Mask of “{}”"), item_name(*item))});
            } else if (!layer_ || gimp_item_get_id(*item) != gimp_item_get_id(GIMP_ITEM(layer_))) {
                found.push_back({gimp_item_get_id(*item), sentence(_("Layer “{}”"), item_name(*item))});
            }
            if (gimp_item_is_group(*item)) {
                GimpItem** children = gimp_item_get_children(*item);
                recurse(recurse, children, masks);
                g_free(children);
            }
        }
    };
    GimpLayer** layers = gimp_image_get_layers(image_);
    add_layers(add_layers, reinterpret_cast<GimpItem**>(layers), true);
    GimpChannel** channels = gimp_image_get_channels(image_);
    for (GimpChannel** channel = channels; channel && *channel; ++channel)
        found.push_back({gimp_item_get_id(GIMP_ITEM(*channel)),
                         sentence(_("Channel “{}”"), item_name(GIMP_ITEM(*channel)))});
    add_layers(add_layers, reinterpret_cast<GimpItem**>(layers), false);
    g_free(layers);
    g_free(channels);
    return found;
}

void MaskChoices::fill(GtkListStore* model, const char* none) const {
    gtk_list_store_clear(model);
    append(model, nowhere, none);
    append(model, selection, _("The selection, kept as a channel"));
    for (const auto& choice : choices())
        append(model, choice.id, choice.title);
}

GtkWidget* MaskChoices::combo(const char* none, const char* name, std::optional<int> id, Chosen chosen) {
    const GObjectPointer<GtkListStore> model(
        gtk_list_store_new(3, G_TYPE_INT, G_TYPE_STRING, GDK_TYPE_PIXBUF));
    fill(model.get(), none);
    GtkWidget* combo = gtk_combo_box_new_with_model(GTK_TREE_MODEL(model.get()));
    GtkCellRenderer* thumbnail = gtk_cell_renderer_pixbuf_new();
    gtk_cell_layout_pack_start(GTK_CELL_LAYOUT(combo), thumbnail, FALSE);
    gtk_cell_layout_set_attributes(GTK_CELL_LAYOUT(combo), thumbnail, "pixbuf", thumbnail_column, nullptr);
    GtkCellRenderer* title = gtk_cell_renderer_text_new();
    g_object_set(title, "ellipsize", PANGO_ELLIPSIZE_END, "width-chars", 14, nullptr);
    gtk_cell_layout_pack_start(GTK_CELL_LAYOUT(combo), title, TRUE);
    gtk_cell_layout_set_attributes(GTK_CELL_LAYOUT(combo), title, "text", title_column, nullptr);
    atk_object_set_name(gtk_widget_get_accessible(combo), name);
    g_object_set_data_full(G_OBJECT(combo), "choice", new Combo{std::move(chosen), none},
                           [](void* data) { delete static_cast<Combo*>(data); });
    show(combo, id);
    g_signal_connect(combo, "changed", G_CALLBACK(+[](GtkWidget* combo, void* data) {
                         auto* self = static_cast<MaskChoices*>(data);
                         Combo& choice = data_of(combo);
                         GtkTreeIter row;
                         if (choice.showing || !gtk_combo_box_get_active_iter(GTK_COMBO_BOX(combo), &row))
                             return;
                         GtkTreeModel* model = gtk_combo_box_get_model(GTK_COMBO_BOX(combo));
                         int id = nowhere;
                         gtk_tree_model_get(model, &row, id_column, &id, -1);
                         const bool gone = id > 0 && !gimp_item_id_is_drawable(id);
                         if (id == selection || gone) {
                             GimpChannel* kept = gone ? nullptr : kept_selection(self->image_);
                             id = kept ? gimp_item_get_id(GIMP_ITEM(kept)) : nowhere;
                             choice.showing = true;
                             self->fill(GTK_LIST_STORE(model), choice.none.c_str());
                             activate(combo, id);
                             choice.showing = false;
                         }
                         choice.chosen(id == nowhere ? std::nullopt : std::optional(id));
                         if (gone && self->failed)
                             self->failed(
                                 _("A layer or channel chosen as a mask is gone: choose another one."));
                     }),
                     this);
    return combo;
}

void MaskChoices::show(GtkWidget* combo, std::optional<int> id) {
    Combo& choice = data_of(combo);
    choice.showing = true;
    if (id && !gimp_item_id_is_drawable(*id))
        id.reset();
    if (!activate(combo, id.value_or(nowhere))) {
        append(GTK_LIST_STORE(gtk_combo_box_get_model(GTK_COMBO_BOX(combo))), *id,
               item_name(gimp_item_get_by_id(*id)));
        activate(combo, *id);
    }
    choice.showing = false;
}

} // namespace neural_style::plugin
