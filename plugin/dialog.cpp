// SPDX-License-Identifier: GPL-3.0-or-later
#include "dialog.hpp"

#include "arguments.hpp"
#include "glib_pointers.hpp"
#include "progress_text.hpp"
#include "translation.hpp"

#include <algorithm>
#include <initializer_list>
#include <libgimp/gimpui.h>
#include <optional>
#include <utility>

namespace neural_style::plugin {
namespace {

/// Side of the square that the picture on the left fits in, in pixels. With it and the expander closed the
/// window is below 700 pixels high, which small laptops can show.
constexpr int preview_size = 320;
/// Height of the expert settings, in pixels, which scroll in it. With it and a row for a style of one's own
/// the window is below 700 pixels high.
constexpr int expert_height = 170;
/// Side of a style's picture in the list, in pixels.
constexpr int thumbnail_size = 48;

/// Where the style comes from; also what `source_column` holds.
enum class StyleSource { bundled, file, layer };

enum StyleColumn { name_column, title_column, thumbnail_column, source_column };

using Pixbuf = GObjectPointer<GdkPixbuf>;

/// Largest size of the same shape that fits into the preview.
Pixbuf fitted(GdkPixbuf* picture) {
    const double scale =
        double(preview_size) / std::max(gdk_pixbuf_get_width(picture), gdk_pixbuf_get_height(picture));
    const int width = std::max(1, int(gdk_pixbuf_get_width(picture) * scale + 0.5));
    const int height = std::max(1, int(gdk_pixbuf_get_height(picture) * scale + 0.5));
    return Pixbuf(gdk_pixbuf_scale_simple(picture, width, height, GDK_INTERP_BILINEAR));
}

/// A label as a screen reader shall say it: "St_yle" is "Style".
std::string spoken(const char* label) {
    std::string words;
    for (; *label; ++label)
        if (*label != '_')
            words += *label;
    return words;
}

/// GIMP leaves the controls nameless for screen readers. A row may have several, as for a file.
void name_control(GtkWidget* widget, const char* label) {
    if (GTK_IS_SPIN_BUTTON(widget) || GTK_IS_COMBO_BOX(widget) || GTK_IS_ENTRY(widget) ||
        GTK_IS_BUTTON(widget))
        atk_object_set_name(gtk_widget_get_accessible(widget), spoken(label).c_str());
    if (GTK_IS_CONTAINER(widget)) // a file chooser button keeps its button to itself, so `forall`
        gtk_container_forall(
            GTK_CONTAINER(widget),
            [](GtkWidget* child, void* text) { name_control(child, static_cast<const char*>(text)); },
            const_cast<char*>(label));
}

void name_by_argument(GtkWidget* widget, GimpProcedureConfig* config, const char* name) {
    if (GParamSpec* argument = g_object_class_find_property(G_OBJECT_GET_CLASS(config), name))
        name_control(widget, g_param_spec_get_nick(argument));
}

/// A column of visible widgets, each as high as it wants to be.
GtkWidget* filled_box(std::initializer_list<GtkWidget*> widgets) {
    GtkWidget* box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
    for (GtkWidget* widget : widgets) {
        gtk_box_pack_start(GTK_BOX(box), widget, FALSE, FALSE, 0);
        gtk_widget_show(widget);
    }
    gtk_widget_show(box);
    return box;
}

template <typename Object>
GObjectPointer<Object> object_of(GimpProcedureConfig* config, const char* name) {
    Object* value = nullptr;
    g_object_get(config, name, &value, nullptr);
    return GObjectPointer<Object>(value);
}

} // namespace

struct Dialog::Impl {
    GimpProcedureDialog* window;
    GimpProcedureConfig* config;
    GtkWidget* settings; // locked while painting, as is what follows
    GtkWidget* expert;
    GtkWidget* style_list; // combo box
    GtkWidget* file_row;
    GtkWidget* layer_row;
    GtkWidget* picture;
    GtkWidget* status;
    GtkWidget* progress;
    GtkWidget* error_bar;
    GtkWidget* error_label;
    GObjectPointer<GtkListStore> styles;
    GObjectPointer<GtkSizeGroup> labels; // GIMP aligns its own; ours join them

    StyleSource source = StyleSource::bundled;
    GObjectPointer<GFile> last_file;         // comes back when "Picture file" is chosen again
    GObjectPointer<GimpDrawable> last_layer; // likewise
    bool setting_style = false;              // our own changes of the config are under way
    gulong config_handler = 0;
    std::vector<gulong> window_handlers; // while painting
    std::optional<std::stop_source> stop;
    std::optional<ProgressText> words;

    Impl(GimpProcedure* procedure, GimpProcedureConfig* for_config, const StyleCatalog& catalog,
         GimpLayer* layer);
    ~Impl() {
        g_signal_handler_disconnect(config, config_handler);
        gtk_widget_destroy(GTK_WIDGET(window));
    }

    void fill_styles(const StyleCatalog& catalog);
    GtkWidget* style_row();
    GtkWidget* settings_column();
    GtkWidget* expert_settings();
    GtkWidget* picture_column(GimpLayer* layer);
    GtkWidget* spin_scale(const char* name, double lower, double upper, int digits);
    GtkWidget* control(const char* name);
    GtkWidget* labeled(const char* name);
    GtkWidget* entry(const char* name);
    GtkWidget* file_chooser(const char* name, const char* title);
    GtkWidget* check_button(const char* name);

    void read_style();
    void choose_style();
    void select_row();
    void lock(bool locked);
};

Dialog::Impl::Impl(GimpProcedure* procedure, GimpProcedureConfig* for_config, const StyleCatalog& catalog,
                   GimpLayer* layer)
    : config(for_config),
      styles(gtk_list_store_new(4, G_TYPE_STRING, G_TYPE_STRING, GDK_TYPE_PIXBUF, G_TYPE_INT)),
      labels(gtk_size_group_new(GTK_SIZE_GROUP_HORIZONTAL)) {
    window = GIMP_PROCEDURE_DIALOG(gimp_procedure_dialog_new(procedure, config, _("Neural Style")));
    if (GimpDrawable* remembered = remembered_style_layer(config)) // GIMP does not store drawables itself
        g_object_set(config, argument::style_drawable, remembered, nullptr);
    fill_styles(catalog);

    GtkWidget* columns = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 18);
    gtk_box_pack_start(GTK_BOX(columns), picture_column(layer), FALSE, FALSE, 0);
    settings = settings_column();
    gtk_box_pack_start(GTK_BOX(columns), settings, TRUE, TRUE, 0);
    gtk_widget_show(columns);
    GtkWidget* area = gtk_dialog_get_content_area(GTK_DIALOG(window));
    gtk_box_pack_start(GTK_BOX(area), columns, TRUE, TRUE, 0);
    expert = expert_settings();
    gtk_box_pack_start(GTK_BOX(area), expert, FALSE, FALSE, 0);

    read_style();
    config_handler =
        g_signal_connect(config, "notify", G_CALLBACK(+[](GObject*, GParamSpec* changed, void* data) {
                             auto* self = static_cast<Impl*>(data);
                             if (g_str_has_prefix(changed->name, "style") && !self->setting_style)
                                 self->read_style();
                         }),
                         this);
    // Until the window goes, so that a close button while painting asks instead of destroying.
    g_signal_connect(window, "delete-event", G_CALLBACK(gtk_true), nullptr);
}

void Dialog::Impl::fill_styles(const StyleCatalog& catalog) {
    const auto add = [this](const char* name, const char* title, GdkPixbuf* thumbnail, StyleSource from) {
        gtk_list_store_insert_with_values(styles.get(), nullptr, -1, name_column, name, title_column, title,
                                          thumbnail_column, thumbnail, source_column, int(from), -1);
    };
    for (const auto& style : catalog.styles()) {
        const Pixbuf thumbnail(
            gdk_pixbuf_new_from_file_at_size(style.file.c_str(), thumbnail_size, thumbnail_size, nullptr));
        add(style.name.c_str(), display_title(style).c_str(), thumbnail.get(), StyleSource::bundled);
    }
    add("", _("A picture file"), nullptr, StyleSource::file);
    add("", _("A layer"), nullptr, StyleSource::layer);
}

/// GIMP's widget for the argument, with a name for screen readers. The dialog keeps a reference of its own.
GtkWidget* Dialog::Impl::control(const char* name) {
    GtkWidget* widget = gimp_procedure_dialog_get_widget(window, name, G_TYPE_NONE);
    name_by_argument(widget, config, name);
    return widget;
}

/// A control with its label in front.
GtkWidget* Dialog::Impl::labeled(const char* name) {
    GtkWidget* widget = control(name);
    if (GIMP_IS_LABELED(widget))
        gtk_size_group_add_widget(labels.get(), gimp_labeled_get_label(GIMP_LABELED(widget)));
    return widget;
}

GtkWidget* Dialog::Impl::entry(const char* name) {
    GtkWidget* widget = gimp_prop_label_entry_new(G_OBJECT(config), name, -1);
    gtk_size_group_add_widget(labels.get(), gimp_labeled_get_label(GIMP_LABELED(widget)));
    name_by_argument(widget, config, name);
    return widget;
}

/// As GIMP makes it for a file that must exist, which the argument does not demand: see `add_arguments`.
GtkWidget* Dialog::Impl::file_chooser(const char* name, const char* title) {
    GParamSpec* file = g_object_class_find_property(G_OBJECT_GET_CLASS(config), name);
    GtkWidget* widget =
        gimp_file_chooser_new(GIMP_FILE_CHOOSER_ACTION_OPEN, g_param_spec_get_nick(file), title, nullptr);
    g_object_bind_property(config, name, widget, "file",
                           GBindingFlags(G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE));
    gimp_help_set_help_data(widget, g_param_spec_get_blurb(file), nullptr);
    name_by_argument(widget, config, name);
    return widget;
}

/// A slider for the useful part of a range; any value of the range can be typed.
GtkWidget* Dialog::Impl::spin_scale(const char* name, double lower, double upper, int digits) {
    GtkWidget* widget = gimp_procedure_dialog_get_spin_scale(window, name, 1.0);
    gtk_spin_button_set_digits(GTK_SPIN_BUTTON(widget), digits);
    gimp_spin_scale_set_scale_limits(GIMP_SPIN_SCALE(widget), lower, upper);
    name_by_argument(widget, config, name);
    return widget;
}

GtkWidget* Dialog::Impl::style_row() {
    style_list = gtk_combo_box_new_with_model(GTK_TREE_MODEL(styles.get()));
    GtkCellRenderer* thumbnail = gtk_cell_renderer_pixbuf_new();
    g_object_set(thumbnail, "width", thumbnail_size + 8, "xalign", 0.0, nullptr);
    gtk_cell_layout_pack_start(GTK_CELL_LAYOUT(style_list), thumbnail, FALSE);
    gtk_cell_layout_set_attributes(GTK_CELL_LAYOUT(style_list), thumbnail, "pixbuf", thumbnail_column,
                                   nullptr);
    GtkCellRenderer* title = gtk_cell_renderer_text_new();
    g_object_set(title, "ellipsize", PANGO_ELLIPSIZE_END, "width-chars", 28, nullptr);
    gtk_cell_layout_pack_start(GTK_CELL_LAYOUT(style_list), title, TRUE);
    gtk_cell_layout_set_attributes(GTK_CELL_LAYOUT(style_list), title, "text", title_column, nullptr);

    GParamSpec* style = g_object_class_find_property(G_OBJECT_GET_CLASS(config), argument::style);
    GtkWidget* label = gtk_label_new_with_mnemonic(g_param_spec_get_nick(style));
    gtk_label_set_mnemonic_widget(GTK_LABEL(label), style_list);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gimp_help_set_help_data(style_list, _("The picture whose manner is taken"), nullptr);
    name_control(style_list, g_param_spec_get_nick(style));
    gtk_size_group_add_widget(labels.get(), label);
    g_signal_connect(style_list, "changed",
                     G_CALLBACK(+[](GtkComboBox*, void* self) { static_cast<Impl*>(self)->choose_style(); }),
                     this);

    GtkWidget* row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    gtk_box_pack_start(GTK_BOX(row), label, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(row), style_list, TRUE, TRUE, 0);
    gtk_widget_show_all(row);
    return row;
}

GtkWidget* Dialog::Impl::settings_column() {
    file_row = file_chooser(argument::style_file, _("Choose the style picture"));
    layer_row = labeled(argument::style_drawable);
    gtk_size_group_add_widget(labels.get(), gimp_file_chooser_get_label_widget(GIMP_FILE_CHOOSER(file_row)));
    gtk_size_group_add_widget(labels.get(),
                              gimp_drawable_chooser_get_label(GIMP_DRAWABLE_CHOOSER(layer_row)));
    GtkWidget* stroke_size = spin_scale("stroke-size", 25, 400, 0);
    gimp_spin_scale_set_gamma(GIMP_SPIN_SCALE(stroke_size), 2.0); // 100 % near the middle

    return filled_box({style_row(), file_row, layer_row, labeled("quality"), spin_scale("strength", 0, 1, 2),
                       stroke_size, labeled("colors"), spin_scale("detail", 0, 1, 2),
                       check_button("seamless"), labeled("seed"), spin_scale("size-limit", 0, 4096, 0)});
}

/// Below both columns, in two of its own: so the window stays below 700 pixels also when it is open.
GtkWidget* Dialog::Impl::expert_settings() {
    GtkWidget* columns = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 18);
    gtk_box_set_homogeneous(GTK_BOX(columns), TRUE);
    for (GtkWidget* column :
         {filled_box({spin_scale("iterations", 0, 500, 0), spin_scale("content-weight", 0, 10, 2),
                      spin_scale("style-weight", 0, 10, 2), spin_scale("tv-weight", 0, 10, 2),
                      spin_scale("averaging", 0, 1, 4), spin_scale("early-stop", 0, 0.1, 4),
                      spin_scale("memory-limit", 0, 32000, 0), check_button("texture")}),
          filled_box({labeled("style-loss"), labeled("optimizer"), labeled("start"), labeled("pooling"),
                      labeled("precision"), labeled("color-transfer"), entry(argument::engine)})})
        gtk_box_pack_start(GTK_BOX(columns), column, TRUE, TRUE, 0);
    gtk_widget_show(columns);
    GtkWidget* scrolled = gtk_scrolled_window_new(nullptr, nullptr);
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_min_content_height(GTK_SCROLLED_WINDOW(scrolled), expert_height);
    gtk_container_add(GTK_CONTAINER(scrolled), columns);
    gtk_widget_show(scrolled);
    GtkWidget* expander = gtk_expander_new_with_mnemonic(_("E_xpert settings"));
    gtk_expander_set_resize_toplevel(GTK_EXPANDER(expander), TRUE);
    gtk_container_add(GTK_CONTAINER(expander), scrolled);
    gtk_widget_show(expander);
    return expander;
}

/// GIMP's check button has its label as its name already.
GtkWidget* Dialog::Impl::check_button(const char* name) {
    return gimp_procedure_dialog_get_widget(window, name, G_TYPE_NONE);
}

GtkWidget* Dialog::Impl::picture_column(GimpLayer* layer) {
    GtkWidget* column = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    picture = gtk_image_new();
    gtk_widget_set_size_request(picture, preview_size, -1);
    atk_object_set_name(gtk_widget_get_accessible(picture), _("Preview"));
    const Pixbuf thumbnail(gimp_drawable_get_thumbnail(GIMP_DRAWABLE(layer), preview_size, preview_size,
                                                       GIMP_PIXBUF_SMALL_CHECKS));
    if (thumbnail)
        gtk_image_set_from_pixbuf(GTK_IMAGE(picture), fitted(thumbnail.get()).get());
    gtk_box_pack_start(GTK_BOX(column), picture, FALSE, FALSE, 0);

    progress = gtk_progress_bar_new();
    atk_object_set_name(gtk_widget_get_accessible(progress), _("Progress"));
    gtk_box_pack_start(GTK_BOX(column), progress, FALSE, FALSE, 0);

    status = gtk_label_new(_("Press OK to paint."));
    gtk_label_set_xalign(GTK_LABEL(status), 0);
    gtk_label_set_line_wrap(GTK_LABEL(status), TRUE);
    gtk_label_set_max_width_chars(GTK_LABEL(status), 1); // the picture decides how wide the column is
    gtk_box_pack_start(GTK_BOX(column), status, FALSE, FALSE, 0);

    error_bar = gtk_info_bar_new();
    gtk_info_bar_set_message_type(GTK_INFO_BAR(error_bar), GTK_MESSAGE_ERROR);
    error_label = gtk_label_new(nullptr);
    gtk_label_set_xalign(GTK_LABEL(error_label), 0);
    gtk_label_set_line_wrap(GTK_LABEL(error_label), TRUE);
    gtk_label_set_max_width_chars(GTK_LABEL(error_label), 1);
    gtk_label_set_selectable(GTK_LABEL(error_label), TRUE);
    gtk_box_pack_start(GTK_BOX(gtk_info_bar_get_content_area(GTK_INFO_BAR(error_bar))), error_label, TRUE,
                       TRUE, 0);
    gtk_box_pack_start(GTK_BOX(column), error_bar, FALSE, FALSE, 0);
    gtk_widget_show_all(column);
    gtk_widget_hide(error_bar);
    return column;
}

/// The config changed (or is new): show what it says.
void Dialog::Impl::read_style() {
    auto layer = object_of<GimpDrawable>(config, argument::style_drawable);
    auto file = object_of<GFile>(config, argument::style_file);
    source = layer ? StyleSource::layer : file ? StyleSource::file : StyleSource::bundled;
    if (layer)
        last_layer = std::move(layer);
    if (file)
        last_file = std::move(file);
    select_row();
}

/// Selects the row of the source and shows what belongs to it.
void Dialog::Impl::select_row() {
    char* name = nullptr;
    g_object_get(config, argument::style, &name, nullptr);
    const GStringPointer owned(name);
    GtkTreeModel* model = GTK_TREE_MODEL(styles.get());
    GtkTreeIter row;
    setting_style = true;
    gtk_combo_box_set_active(GTK_COMBO_BOX(style_list),
                             -1); // stays so for a name that is not in the catalogue
    for (bool more = gtk_tree_model_get_iter_first(model, &row); more;
         more = gtk_tree_model_iter_next(model, &row)) {
        char* row_name = nullptr;
        int row_source = 0;
        gtk_tree_model_get(model, &row, name_column, &row_name, source_column, &row_source, -1);
        const GStringPointer owned_name(row_name);
        if (row_source == int(source) && (source != StyleSource::bundled || g_strcmp0(row_name, name) == 0))
            gtk_combo_box_set_active_iter(GTK_COMBO_BOX(style_list), &row);
    }
    setting_style = false;
    gtk_widget_set_visible(file_row, source == StyleSource::file);
    gtk_widget_set_visible(layer_row, source == StyleSource::layer);
}

/// The user chose a row: the config follows, with what was chosen before for a file or a layer.
void Dialog::Impl::choose_style() {
    GtkTreeIter row;
    if (setting_style || !gtk_combo_box_get_active_iter(GTK_COMBO_BOX(style_list), &row))
        return;
    char* name = nullptr;
    int row_source = 0;
    gtk_tree_model_get(GTK_TREE_MODEL(styles.get()), &row, name_column, &name, source_column, &row_source,
                       -1);
    const GStringPointer owned(name);
    if (auto file = object_of<GFile>(config, argument::style_file))
        last_file = std::move(file);
    if (auto layer = object_of<GimpDrawable>(config, argument::style_drawable))
        last_layer = std::move(layer);
    source = StyleSource(row_source);
    setting_style = true;
    g_object_set(config, argument::style_file, source == StyleSource::file ? last_file.get() : nullptr,
                 argument::style_drawable, source == StyleSource::layer ? last_layer.get() : nullptr,
                 nullptr);
    if (source == StyleSource::bundled)
        g_object_set(config, argument::style, name, nullptr);
    setting_style = false;
    gtk_widget_set_visible(file_row, source == StyleSource::file);
    gtk_widget_set_visible(layer_row, source == StyleSource::layer);
}

void Dialog::Impl::lock(bool locked) {
    gtk_widget_set_sensitive(settings, !locked);
    gtk_widget_set_sensitive(expert, !locked);
    // Reset is response 1 in GimpProcedureDialog.
    for (const int response : {int(GTK_RESPONSE_OK), 1})
        gtk_dialog_set_response_sensitive(GTK_DIALOG(window), response, !locked);
    // The row with Load and Save Settings.
    GList* children =
        gtk_container_get_children(GTK_CONTAINER(gtk_dialog_get_content_area(GTK_DIALOG(window))));
    for (GList* child = children; child; child = child->next)
        if (GTK_IS_BUTTON_BOX(child->data))
            gtk_widget_set_sensitive(GTK_WIDGET(child->data), !locked);
    g_list_free(children);
}

Dialog::Dialog(GimpProcedure* procedure, GimpProcedureConfig* config, const StyleCatalog& catalog,
               GimpLayer* source)
    : impl_(std::make_unique<Impl>(procedure, config, catalog, source)) {}

Dialog::~Dialog() = default;

bool Dialog::asked_to_paint() {
    while (gimp_procedure_dialog_run(impl_->window)) {
        if (impl_->source == StyleSource::file && !object_of<GFile>(impl_->config, argument::style_file)) {
            show_error(_("No picture file is chosen for the style: choose one, or a bundled painting."));
            continue;
        }
        if (impl_->source == StyleSource::layer &&
            !object_of<GimpDrawable>(impl_->config, argument::style_drawable)) {
            show_error(_("No layer is chosen for the style: choose one, or a bundled painting."));
            continue;
        }
        remember_style_layer(impl_->config);
        return true;
    }
    return false;
}

std::stop_token Dialog::begin_painting() {
    gtk_widget_hide(impl_->error_bar);
    gtk_label_set_text(GTK_LABEL(impl_->status), _("Starting the engine"));
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(impl_->progress), 0);
    impl_->lock(true);
    impl_->stop.emplace();
    impl_->words.emplace();
    // The engine client's loop runs now, not GIMP's: answers come here.
    impl_->window_handlers = {
        g_signal_connect(impl_->window, "response", G_CALLBACK(+[](GtkDialog*, int response, void* data) {
                             auto* self = static_cast<Impl*>(data);
                             if (response != GTK_RESPONSE_CANCEL && response != GTK_RESPONSE_DELETE_EVENT)
                                 return;
                             gtk_label_set_text(GTK_LABEL(self->status), _("Cancelling"));
                             self->stop->request_stop();
                         }),
                         impl_.get())};
    return impl_->stop->get_token();
}

void Dialog::show(const protocol::Update& update) {
    if (impl_->stop->stop_requested())
        return;
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(impl_->progress), std::clamp(update.fraction, 0.0, 1.0));
    gtk_label_set_text(GTK_LABEL(impl_->status), impl_->words->text(update).c_str());
    if (update.preview_width <= 0)
        return;
    const GBytesPointer bytes(g_bytes_new(update.preview.data(), update.preview.size()));
    const Pixbuf preview(gdk_pixbuf_new_from_bytes(bytes.get(), GDK_COLORSPACE_RGB, FALSE, 8,
                                                   update.preview_width, update.preview_height,
                                                   update.preview_width * 3));
    gtk_image_set_from_pixbuf(GTK_IMAGE(impl_->picture), fitted(preview.get()).get());
}

void Dialog::end_painting() {
    for (const gulong handler : std::exchange(impl_->window_handlers, {}))
        g_signal_handler_disconnect(impl_->window, handler);
    impl_->lock(false);
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(impl_->progress), 0);
    gtk_label_set_text(GTK_LABEL(impl_->status), _("Press OK to paint."));
}

void Dialog::show_error(const std::string& sentence) {
    gtk_label_set_text(GTK_LABEL(impl_->error_label), sentence.c_str());
    atk_object_set_name(gtk_widget_get_accessible(impl_->error_label), sentence.c_str());
    gtk_widget_show(impl_->error_bar);
}

} // namespace neural_style::plugin
