// SPDX-License-Identifier: GPL-3.0-or-later
#include "question.hpp"

#include "glib_pointers.hpp"
#include "translation.hpp"

#include <memory>
#include <utility>

namespace neural_style::plugin {

void ask(GtkWidget* dialog, std::function<void()> accepted) {
    gtk_window_set_modal(GTK_WINDOW(dialog), TRUE);
    gtk_window_set_destroy_with_parent(GTK_WINDOW(dialog), TRUE);
    g_signal_connect_data(
        dialog, "response", G_CALLBACK(+[](GtkDialog* self, int response, void* data) {
            if (response == GTK_RESPONSE_ACCEPT)
                (*static_cast<std::function<void()>*>(data))();
            gtk_widget_destroy(GTK_WIDGET(self));
        }),
        new std::function<void()>(std::move(accepted)),
        [](void* data, GClosure*) { delete static_cast<std::function<void()>*>(data); }, GConnectFlags(0));
    gtk_widget_show_all(dialog);
}

void ask_file(GtkWidget* parent, const char* title, GtkFileChooserAction action, const std::string& name,
              std::function<void(const std::filesystem::path&)> chosen,
              const std::function<void(GtkFileChooser*)>& prepare) {
    const bool saves = action == GTK_FILE_CHOOSER_ACTION_SAVE;
    GtkWidget* dialog = gtk_file_chooser_dialog_new(
        title, GTK_WINDOW(gtk_widget_get_toplevel(parent)), action, _("_Cancel"), GTK_RESPONSE_CANCEL,
        saves ? _("_Save") : _("_Open"), GTK_RESPONSE_ACCEPT, nullptr);
    gtk_window_set_default_size(GTK_WINDOW(dialog), 760, 520);
    gtk_dialog_set_default_response(GTK_DIALOG(dialog), GTK_RESPONSE_ACCEPT);
    GtkFileChooser* chooser = GTK_FILE_CHOOSER(dialog);
    gtk_file_chooser_set_do_overwrite_confirmation(chooser, TRUE);
    if (saves)
        gtk_file_chooser_set_current_name(chooser, name.c_str());
    if (prepare)
        prepare(chooser);
    ask(dialog, [chooser, chosen = std::move(chosen)] {
        const GStringPointer path(gtk_file_chooser_get_filename(chooser));
        chosen(path ? path.get() : "");
    });
}

} // namespace neural_style::plugin
