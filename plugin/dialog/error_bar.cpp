// SPDX-License-Identifier: GPL-3.0-or-later
#include "error_bar.hpp"

#include "translation.hpp"

#include <utility>

namespace neural_style::plugin {
namespace {

enum Response { details_response = 1 };

} // namespace

ErrorBar::ErrorBar(std::function<std::string()> log) : log_(std::move(log)), bar_(gtk_info_bar_new()) {
    gtk_info_bar_set_message_type(GTK_INFO_BAR(bar_), GTK_MESSAGE_ERROR);
    label_ = gtk_label_new(nullptr);
    gtk_label_set_xalign(GTK_LABEL(label_), 0);
    gtk_label_set_line_wrap(GTK_LABEL(label_), TRUE);
    gtk_label_set_max_width_chars(GTK_LABEL(label_), 80);
    gtk_label_set_selectable(GTK_LABEL(label_), TRUE);
    gtk_box_pack_start(GTK_BOX(gtk_info_bar_get_content_area(GTK_INFO_BAR(bar_))), label_, TRUE, TRUE, 0);
    GtkWidget* details = gtk_info_bar_add_button(GTK_INFO_BAR(bar_), _("_Details"), details_response);
    gtk_widget_set_tooltip_text(details, _("What the painting engine said, to copy into a report"));
    gtk_info_bar_set_show_close_button(GTK_INFO_BAR(bar_), TRUE);
    g_signal_connect(bar_, "response", G_CALLBACK(+[](GtkInfoBar*, int response, void* data) {
                         auto* self = static_cast<ErrorBar*>(data);
                         if (response == details_response)
                             self->show_details();
                         else
                             self->hide();
                     }),
                     this);
    gtk_widget_show_all(gtk_info_bar_get_content_area(GTK_INFO_BAR(bar_)));
    gtk_widget_set_no_show_all(bar_, TRUE);
}

void ErrorBar::show(const std::string& sentence) {
    gtk_label_set_text(GTK_LABEL(label_), sentence.c_str());
    atk_object_set_name(gtk_widget_get_accessible(label_), sentence.c_str());
    gtk_widget_show(bar_);
    gtk_info_bar_set_revealed(GTK_INFO_BAR(bar_), TRUE);
}

void ErrorBar::show_details() {
    GtkWidget* window = gtk_dialog_new_with_buttons(
        _("Details"), GTK_WINDOW(gtk_widget_get_toplevel(bar_)), GTK_DIALOG_DESTROY_WITH_PARENT, _("_Copy"),
        GTK_RESPONSE_APPLY, _("C_lose"), GTK_RESPONSE_CLOSE, nullptr);
    gtk_window_set_default_size(GTK_WINDOW(window), 640, 360);
    const std::string log = log_();
    const std::string text = std::string(gtk_label_get_text(GTK_LABEL(label_))) + "\n\n" +
                             (log.empty() ? std::string(_("The engine said nothing.")) : log);
    GtkWidget* view = gtk_text_view_new();
    gtk_text_view_set_editable(GTK_TEXT_VIEW(view), FALSE);
    gtk_text_view_set_monospace(GTK_TEXT_VIEW(view), TRUE);
    gtk_text_view_set_wrap_mode(GTK_TEXT_VIEW(view), GTK_WRAP_WORD_CHAR);
    atk_object_set_name(gtk_widget_get_accessible(view), _("Details"));
    char* valid = g_utf8_make_valid(text.c_str(), -1);
    gtk_text_buffer_set_text(gtk_text_view_get_buffer(GTK_TEXT_VIEW(view)), valid, -1);
    GtkWidget* scrolled = gtk_scrolled_window_new(nullptr, nullptr);
    gtk_container_add(GTK_CONTAINER(scrolled), view);
    gtk_box_pack_start(GTK_BOX(gtk_dialog_get_content_area(GTK_DIALOG(window))), scrolled, TRUE, TRUE, 0);
    g_object_set_data_full(G_OBJECT(window), "text", valid, g_free);
    g_signal_connect(window, "response", G_CALLBACK(+[](GtkDialog* window, int response, void*) {
                         if (response != GTK_RESPONSE_APPLY) {
                             gtk_widget_destroy(GTK_WIDGET(window));
                             return;
                         }
                         gtk_clipboard_set_text(
                             gtk_clipboard_get(GDK_SELECTION_CLIPBOARD),
                             static_cast<const char*>(g_object_get_data(G_OBJECT(window), "text")), -1);
                     }),
                     nullptr);
    gtk_widget_show_all(window);
}

} // namespace neural_style::plugin
