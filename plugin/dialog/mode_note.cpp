// SPDX-License-Identifier: GPL-3.0-or-later
#include "mode_note.hpp"

#include "painting_effects.hpp"
#include "translation.hpp"

namespace neural_style::plugin {
namespace {

enum Response { rgb_response = 1, hide_response };

} // namespace

ModeNote::ModeNote(GimpImage* image, GimpLayer* layer)
    : image_(image), layer_(layer), bar_(gtk_info_bar_new()) {
    gtk_info_bar_set_message_type(GTK_INFO_BAR(bar_), GTK_MESSAGE_INFO);
    label_ = gtk_label_new(nullptr);
    gtk_label_set_xalign(GTK_LABEL(label_), 0);
    gtk_label_set_line_wrap(GTK_LABEL(label_), TRUE);
    gtk_box_pack_start(GTK_BOX(gtk_info_bar_get_content_area(GTK_INFO_BAR(bar_))), label_, TRUE, TRUE, 0);
    rgb_ = gtk_info_bar_add_button(GTK_INFO_BAR(bar_), _("Make the image RG_B"), rgb_response);
    gtk_widget_set_tooltip_text(rgb_,
                                _("As Image > Mode > RGB does: nothing looks different, the painting has "
                                  "colors, and one undo takes it back"));
    hide_ = gtk_info_bar_add_button(GTK_INFO_BAR(bar_), _("_Hide the effect"), hide_response);
    gtk_widget_set_tooltip_text(hide_,
                                _("As the eye in the layer's list of effects does, which shows it again"));
    g_signal_connect_swapped(bar_, "response", G_CALLBACK(+[](ModeNote* self, int response) {
                                 response == rgb_response ? self->make_rgb() : self->hide_effects();
                             }),
                             this);
    gtk_widget_show_all(gtk_info_bar_get_content_area(GTK_INFO_BAR(bar_)));
    gtk_widget_set_no_show_all(bar_, TRUE);
    refresh();
}

void ModeNote::refresh() {
    const auto mode = gimp_image_is_valid(image_) ? gimp_image_get_base_type(image_) : GIMP_RGB;
    std::string note;
    if (mode != GIMP_RGB)
        note = mode == GIMP_GRAY
                   ? _("This image is grayscale, so the painting will be gray as well.")
                   : _("This image has a palette of few colors: its painting is RGB, and an export as GIF "
                       "makes a palette again.");
    const bool painted =
        gimp_item_is_valid(GIMP_ITEM(layer_)) && shows_painting_effect(GIMP_DRAWABLE(layer_));
    if (painted)
        note += (note.empty() ? "" : " ") +
                std::string(_("This layer has the Neural Style Effect, so its painting would be "
                              "painted: hide the effect first to paint the layer itself."));
    gtk_label_set_text(GTK_LABEL(label_), note.c_str());
    gtk_widget_set_visible(rgb_, mode == GIMP_GRAY);
    gtk_widget_set_visible(hide_, painted);
    gtk_widget_set_visible(bar_, !note.empty());
}

void ModeNote::hide_effects() {
    if (gimp_item_is_valid(GIMP_ITEM(layer_))) {
        hide_painting_effects(GIMP_DRAWABLE(layer_));
        gimp_displays_flush();
        if (changed)
            changed();
    }
    refresh();
}

void ModeNote::make_rgb() {
    if (gimp_image_is_valid(image_) && gimp_image_get_base_type(image_) == GIMP_GRAY &&
        gimp_image_convert_rgb(image_)) {
        gimp_displays_flush();
        if (changed)
            changed();
    }
    refresh();
}

} // namespace neural_style::plugin
