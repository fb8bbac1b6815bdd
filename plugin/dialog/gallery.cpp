// SPDX-License-Identifier: GPL-3.0-or-later
#include "gallery.hpp"

#include "item_name.hpp"
#include "message.hpp"
#include "question.hpp"
#include "translation.hpp"

#include <algorithm>
#include <libgimp/gimp.h>
#include <utility>

namespace neural_style::plugin {
namespace {

namespace fs = std::filesystem;

/// Side of a thumbnail, in pixels.
constexpr int thumbnail_side = 84, thumbnail_height = 66;
/// Most layers listed in the menu.
constexpr int layers_max = 200;

enum Column { key_column, title_column, tip_column, thumbnail_column };

/// A unique text for each choice: "n:waves", "f:/home/me/mural.jpg", "l:12".
std::string key_of(const StyleChoice& style) {
    return std::visit(protocol::overloaded{
                          [](const StyleName& name) { return "n:" + name.name; },
                          [](const StyleFile& file) { return "f:" + file.path.string(); },
                          [](const StyleLayer& layer) { return "l:" + std::to_string(layer.id); },
                      },
                      style);
}

StyleChoice choice_of(const std::string& key) {
    const std::string rest = key.substr(2);
    if (key[0] == 'n')
        return StyleName{rest};
    if (key[0] == 'f')
        return StyleFile{rest};
    return StyleLayer{std::stoi(rest)};
}

GObjectPointer<GdkPixbuf> blank() {
    GObjectPointer<GdkPixbuf> picture(
        gdk_pixbuf_new(GDK_COLORSPACE_RGB, TRUE, 8, thumbnail_side, thumbnail_height));
    gdk_pixbuf_fill(picture.get(), 0x80808040);
    return picture;
}

std::string escaped(const std::string& text) {
    return GStringPointer(g_markup_escape_text(text.c_str(), -1)).get();
}

/// For names with that ending in small or capital letters: "*.[pP][nN][gG]".
std::string pattern_of(const std::string& ending) {
    std::string pattern = "*.";
    for (const char c : ending)
        pattern += g_ascii_isalpha(c) ? std::string{'[', c, g_ascii_toupper(c), ']'} : std::string(1, c);
    return pattern;
}

GtkWidget* button(const char* label, const char* icon, const char* tip) {
    GtkWidget* widget = gtk_button_new_with_mnemonic(label);
    gtk_button_set_image(GTK_BUTTON(widget), gtk_image_new_from_icon_name(icon, GTK_ICON_SIZE_BUTTON));
    gtk_button_set_always_show_image(GTK_BUTTON(widget), TRUE);
    gtk_widget_set_halign(gtk_bin_get_child(GTK_BIN(widget)), GTK_ALIGN_START);
    gtk_widget_set_tooltip_text(widget, tip);
    return widget;
}

std::string layer_title(GimpItem* item) {
    return item_name(item) + " — " + image_name(gimp_item_get_image(item));
}

} // namespace

Gallery::Gallery(const StyleCatalog& catalog, const StyleFolder& mine, PictureReader& reader)
    : mine_(mine), reader_(reader), column_(gtk_box_new(GTK_ORIENTATION_VERTICAL, 6)),
      view_(gtk_icon_view_new()),
      styles_(gtk_list_store_new(4, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, GDK_TYPE_PIXBUF)),
      self_(std::make_shared<Gallery*>(this)) {
    g_object_ref_sink(column_);
    g_object_ref_sink(view_); // its window may be destroyed first
    GtkWidget* heading = gtk_label_new_with_mnemonic(_("St_yle"));
    gtk_label_set_xalign(GTK_LABEL(heading), 0);
    gtk_style_context_add_class(gtk_widget_get_style_context(heading), "heading");
    gtk_label_set_mnemonic_widget(GTK_LABEL(heading), view_);
    gtk_box_pack_start(GTK_BOX(column_), heading, FALSE, FALSE, 0);

    GtkIconView* view = GTK_ICON_VIEW(view_);
    gtk_icon_view_set_model(view, GTK_TREE_MODEL(styles_.get()));
    // Our own cells: GTK's are twice as wide as the thumbnails.
    GtkCellRenderer* picture = gtk_cell_renderer_pixbuf_new();
    g_object_set(picture, "height", thumbnail_height, "xalign", 0.5, "yalign", 0.5, nullptr);
    gtk_cell_layout_pack_start(GTK_CELL_LAYOUT(view_), picture, FALSE);
    gtk_cell_layout_set_attributes(GTK_CELL_LAYOUT(view_), picture, "pixbuf", thumbnail_column, nullptr);
    GtkCellRenderer* title = gtk_cell_renderer_text_new();
    g_object_set(title, "xalign", 0.5, "yalign", 0.0, "alignment", PANGO_ALIGN_CENTER, "wrap-mode",
                 PANGO_WRAP_WORD_CHAR, "wrap-width", thumbnail_side, "width", thumbnail_side, "scale", 0.8,
                 nullptr);
    gtk_cell_layout_pack_start(GTK_CELL_LAYOUT(view_), title, FALSE);
    gtk_cell_layout_set_attributes(GTK_CELL_LAYOUT(view_), title, "text", title_column, nullptr);
    gtk_icon_view_set_tooltip_column(view, tip_column);
    gtk_icon_view_set_item_padding(view, 4);
    gtk_icon_view_set_column_spacing(view, 2);
    gtk_icon_view_set_row_spacing(view, 2);
    gtk_icon_view_set_margin(view, 2);
    gtk_icon_view_set_selection_mode(view, GTK_SELECTION_BROWSE);
    atk_object_set_name(gtk_widget_get_accessible(view_), _("Paintings"));
    GtkWidget* scrolled = gtk_scrolled_window_new(nullptr, nullptr);
    // Not NEVER, which would make it as wide as all paintings in one row.
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scrolled), GTK_POLICY_EXTERNAL, GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_shadow_type(GTK_SCROLLED_WINDOW(scrolled), GTK_SHADOW_IN);
    gtk_widget_set_size_request(scrolled, 3 * (thumbnail_side + 12) + 26, 200);
    gtk_container_add(GTK_CONTAINER(scrolled), view_);
    gtk_box_pack_start(GTK_BOX(column_), scrolled, TRUE, TRUE, 0);

    GtkWidget* file = button(_("From _file…"), "document-open", _("Take a picture file as the style"));
    GtkWidget* layer =
        button(_("From _layer…"), "image-x-generic", _("Take a layer of any open image as the style"));
    add_button_ =
        button(_("_Add to my gallery"), "list-add",
               _("Copy the chosen picture file into your own gallery, so that it is here next time"));
    for (GtkWidget* widget : {file, layer, add_button_})
        gtk_box_pack_start(GTK_BOX(column_), widget, FALSE, FALSE, 0);
    gtk_widget_show_all(column_);

    g_signal_connect_swapped(view_, "selection-changed", G_CALLBACK(+[](Gallery* self) {
                                 if (self->selecting_)
                                     return;
                                 GList* paths = gtk_icon_view_get_selected_items(GTK_ICON_VIEW(self->view_));
                                 GtkTreeIter row;
                                 if (paths &&
                                     gtk_tree_model_get_iter(GTK_TREE_MODEL(self->styles_.get()), &row,
                                                             static_cast<GtkTreePath*>(paths->data)))
                                     self->choose(self->choice_at(row));
                                 g_list_free_full(paths, GDestroyNotify(gtk_tree_path_free));
                             }),
                             this);
    g_signal_connect_swapped(file, "clicked", G_CALLBACK(+[](Gallery* self) { self->choose_file(); }), this);
    g_signal_connect_swapped(layer, "clicked", G_CALLBACK(+[](Gallery* self) { self->choose_layer(); }),
                             this);
    g_signal_connect_swapped(add_button_, "clicked", G_CALLBACK(+[](Gallery* self) { self->add_to_mine(); }),
                             this);

    for (const auto& style : catalog.styles()) {
        bundled_[style.name] = style.file;
        add(StyleName{style.name}, style.title.empty() ? style.name : style.title, display_title(style));
    }
    for (const auto& files : {mine.files(), mine.recent()})
        for (const auto& path : files)
            add(StyleFile{path}, path.stem().string(), path.filename().string());
    update_add_button();
}

Gallery::~Gallery() {
    *self_ = nullptr;
    g_signal_handlers_disconnect_by_data(view_, this);
    g_object_unref(view_);
    g_object_unref(column_);
}

void Gallery::add(const StyleChoice& style, const std::string& title, const std::string& tip, int position) {
    const auto picture = blank();
    gtk_list_store_insert_with_values(styles_.get(), nullptr, position, key_column, key_of(style).c_str(),
                                      title_column, title.c_str(), tip_column, escaped(tip).c_str(),
                                      thumbnail_column, picture.get(), -1);
    std::visit(protocol::overloaded{
                   [&](const StyleName& name) { read_thumbnail(style, bundled_[name.name]); },
                   [&](const StyleFile& file) { read_thumbnail(style, file.path); },
                   [&](const StyleLayer& layer) {
                       if (!gimp_item_id_is_drawable(layer.id))
                           return;
                       const GObjectPointer<GdkPixbuf> thumbnail(
                           gimp_drawable_get_thumbnail(gimp_drawable_get_by_id(layer.id), thumbnail_height,
                                                       thumbnail_height, GIMP_PIXBUF_SMALL_CHECKS));
                       if (thumbnail)
                           set_thumbnail(style, thumbnail.get(), tip);
                   },
               },
               style);
}

void Gallery::read_thumbnails() {
    thumbnails_wanted_ = true;
    for (const auto& [style, file] : std::exchange(thumbnails_, {}))
        read_thumbnail(style, file);
}

void Gallery::read_thumbnail(const StyleChoice& style, const fs::path& file) {
    if (!thumbnails_wanted_) {
        thumbnails_.emplace_back(style, file);
        return;
    }
    reader_.read(file, PictureReader::cached_longest,
                 [self = self_, style](const Result<SmallPicture>& picture) {
                     GtkTreeIter row;
                     if (!*self || !(*self)->find(style, row))
                         return;
                     if (!picture) {
                         (*self)->set_thumbnail(style, nullptr, picture.error().message);
                         return;
                     }
                     GdkPixbuf* pixels = picture->pixels.get();
                     const double scale = std::min(double(thumbnail_side) / gdk_pixbuf_get_width(pixels),
                                                   double(thumbnail_height) / gdk_pixbuf_get_height(pixels));
                     const GObjectPointer<GdkPixbuf> small(gdk_pixbuf_scale_simple(
                         pixels, std::max(1, int(gdk_pixbuf_get_width(pixels) * scale + 0.5)),
                         std::max(1, int(gdk_pixbuf_get_height(pixels) * scale + 0.5)), GDK_INTERP_BILINEAR));
                     (*self)->set_thumbnail(style, small.get(), {});
                 });
}

/// Null: there is no thumbnail, and `tip` says why.
void Gallery::set_thumbnail(const StyleChoice& style, GdkPixbuf* thumbnail, const std::string& tip) {
    GtkTreeIter row;
    if (!find(style, row))
        return;
    GObjectPointer<GdkPixbuf> broken;
    if (!thumbnail) {
        broken.reset(gtk_icon_theme_load_icon(gtk_icon_theme_get_default(), "image-missing", 32,
                                              GtkIconLookupFlags(0), nullptr));
        thumbnail = broken.get();
    }
    if (thumbnail)
        gtk_list_store_set(styles_.get(), &row, thumbnail_column, thumbnail, -1);
    if (!tip.empty())
        gtk_list_store_set(styles_.get(), &row, tip_column, escaped(tip).c_str(), -1);
    if (thumbnail_arrived)
        thumbnail_arrived();
}

bool Gallery::find(const StyleChoice& style, GtkTreeIter& row) const {
    const std::string key = key_of(style);
    GtkTreeModel* model = GTK_TREE_MODEL(styles_.get());
    for (bool more = gtk_tree_model_get_iter_first(model, &row); more;
         more = gtk_tree_model_iter_next(model, &row)) {
        char* row_key = nullptr;
        gtk_tree_model_get(model, &row, key_column, &row_key, -1);
        const GStringPointer owned(row_key);
        if (key == row_key)
            return true;
    }
    return false;
}

StyleChoice Gallery::choice_at(GtkTreeIter& row) const {
    char* key = nullptr;
    gtk_tree_model_get(GTK_TREE_MODEL(styles_.get()), &row, key_column, &key, -1);
    return choice_of(GStringPointer(key).get());
}

void Gallery::select(const StyleChoice& style) {
    GtkTreeIter row;
    selecting_ = true;
    gtk_icon_view_unselect_all(GTK_ICON_VIEW(view_));
    if (!find(style, row)) {
        if (const auto* file = std::get_if<StyleFile>(&style))
            add(style, file->path.stem().string(), file->path.filename().string());
        else if (const auto* layer = std::get_if<StyleLayer>(&style);
                 layer && gimp_item_id_is_valid(layer->id))
            add(style, item_name(gimp_item_get_by_id(layer->id)),
                layer_title(gimp_item_get_by_id(layer->id)));
    }
    if (find(style, row)) {
        GtkTreePath* path = gtk_tree_model_get_path(GTK_TREE_MODEL(styles_.get()), &row);
        gtk_icon_view_select_path(GTK_ICON_VIEW(view_), path);
        gtk_icon_view_set_cursor(GTK_ICON_VIEW(view_), path, nullptr, FALSE);
        gtk_icon_view_scroll_to_path(GTK_ICON_VIEW(view_), path, FALSE, 0, 0);
        gtk_tree_path_free(path);
    }
    selecting_ = false;
    update_add_button();
}

std::string Gallery::title(const StyleChoice& style) const {
    GtkTreeIter row;
    if (!find(style, row))
        return {};
    char* title = nullptr;
    gtk_tree_model_get(GTK_TREE_MODEL(styles_.get()), &row, title_column, &title, -1);
    return GStringPointer(title).get();
}

GdkPixbuf* Gallery::thumbnail(const StyleChoice& style) const {
    GtkTreeIter row;
    GdkPixbuf* picture = nullptr;
    if (find(style, row)) {
        gtk_tree_model_get(GTK_TREE_MODEL(styles_.get()), &row, thumbnail_column, &picture, -1);
        if (picture)
            g_object_unref(picture); // the model has its own reference
    }
    return picture;
}

void Gallery::choose(const StyleChoice& style) {
    select(style);
    if (chosen)
        chosen(style);
}

void Gallery::choose_file() {
    ask_file(
        column_, _("Choose the style picture"), GTK_FILE_CHOOSER_ACTION_OPEN, {},
        [this](const fs::path& file) {
            if (!file.empty())
                choose(StyleFile{file});
            else if (failed)
                failed(_("That picture is not on this computer: save it here first."));
        },
        [this](GtkFileChooser* chooser) {
            if (mine_.endings().empty())
                return;
            GtkFileFilter* pictures = gtk_file_filter_new();
            gtk_file_filter_set_name(pictures, _("Pictures"));
            for (const auto& ending : mine_.endings())
                gtk_file_filter_add_pattern(pictures, pattern_of(ending).c_str());
            GtkFileFilter* all = gtk_file_filter_new(); // GIMP also recognises files without an ending
            gtk_file_filter_set_name(all, _("All files"));
            gtk_file_filter_add_pattern(all, "*");
            gtk_file_chooser_add_filter(chooser, pictures);
            gtk_file_chooser_add_filter(chooser, all);
        });
}

/// A menu of all layers of all open images; with several images, a submenu for each.
void Gallery::choose_layer() {
    GtkWidget* menu = gtk_menu_new();
    GimpImage** images = gimp_get_images();
    const bool several = images && images[0] && images[1];
    int count = 0;
    for (GimpImage** image = images; image && *image; ++image) {
        GtkWidget* list = menu;
        if (several) {
            GtkWidget* item = gtk_menu_item_new_with_label(image_name(*image).c_str());
            list = gtk_menu_new();
            gtk_menu_item_set_submenu(GTK_MENU_ITEM(item), list);
            gtk_menu_shell_append(GTK_MENU_SHELL(menu), item);
        }
        const auto add_layers = [&](const auto& recurse, GimpItem** items) -> void {
            for (GimpItem** layer = items; layer && *layer && count < layers_max; ++layer, ++count) {
                GtkWidget* item = gtk_menu_item_new_with_label(item_name(*layer).c_str());
                g_object_set_data(G_OBJECT(item), "layer", GINT_TO_POINTER(gimp_item_get_id(*layer)));
                g_signal_connect(item, "activate", G_CALLBACK(+[](GtkWidget* item, void* self) {
                                     const int id =
                                         GPOINTER_TO_INT(g_object_get_data(G_OBJECT(item), "layer"));
                                     static_cast<Gallery*>(self)->choose(StyleLayer{id});
                                 }),
                                 this);
                gtk_menu_shell_append(GTK_MENU_SHELL(list), item);
                if (gimp_item_is_group(*layer)) {
                    GimpItem** children = gimp_item_get_children(*layer);
                    recurse(recurse, children);
                    g_free(children);
                }
            }
        };
        GimpLayer** layers = gimp_image_get_layers(*image);
        add_layers(add_layers, reinterpret_cast<GimpItem**>(layers));
        g_free(layers);
    }
    g_free(images);
    gtk_widget_show_all(menu);
    gtk_menu_attach_to_widget(GTK_MENU(menu), column_, nullptr);
    gtk_menu_popup_at_widget(GTK_MENU(menu), add_button_, GDK_GRAVITY_NORTH_WEST, GDK_GRAVITY_SOUTH_WEST,
                             nullptr);
}

void Gallery::update_add_button() {
    GList* paths = gtk_icon_view_get_selected_items(GTK_ICON_VIEW(view_));
    GtkTreeIter row;
    bool can = false;
    if (paths && gtk_tree_model_get_iter(GTK_TREE_MODEL(styles_.get()), &row,
                                         static_cast<GtkTreePath*>(paths->data))) {
        const auto choice = choice_at(row);
        const auto* file = std::get_if<StyleFile>(&choice);
        can = file && !mine_.holds(file->path);
    }
    g_list_free_full(paths, GDestroyNotify(gtk_tree_path_free));
    gtk_widget_set_sensitive(add_button_, can);
}

void Gallery::add_to_mine() {
    GList* paths = gtk_icon_view_get_selected_items(GTK_ICON_VIEW(view_));
    GtkTreeIter row;
    if (paths && gtk_tree_model_get_iter(GTK_TREE_MODEL(styles_.get()), &row,
                                         static_cast<GtkTreePath*>(paths->data))) {
        const auto choice = choice_at(row);
        if (const auto* file = std::get_if<StyleFile>(&choice)) {
            const auto copy = mine_.add(file->path);
            if (copy)
                choose(StyleFile{*copy});
            else if (failed)
                failed(copy.error().message);
        }
    }
    g_list_free_full(paths, GDestroyNotify(gtk_tree_path_free));
}

} // namespace neural_style::plugin
