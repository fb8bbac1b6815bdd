// SPDX-License-Identifier: GPL-3.0-or-later
/// Says what the image's mode means for its painting: that of a grayscale image will be gray, with a button
/// that makes the image RGB; an indexed one will become RGB. And that a layer with our layer effect is a
/// painting already, with a button that hides the effect.
///
///     ModeNote note(image, layer);
///     gtk_box_pack_start(window, note.widget(), FALSE, FALSE, 0);
///     note.changed = [&] { preview.changed(); };
#pragma once

#include <functional>
#include <gtk/gtk.h>
#include <libgimp/gimp.h>

namespace neural_style::plugin {

class ModeNote {
  public:
    /// Must live as long as its widget.
    ModeNote(GimpImage* image, GimpLayer* layer);
    ModeNote(const ModeNote&) = delete;
    ModeNote& operator=(const ModeNote&) = delete;

    GtkWidget* widget() const { return bar_; }
    /// Shows or hides the note, as image and layer are now: both may change in GIMP's windows too.
    void refresh();
    /// A button has changed what is painted.
    std::function<void()> changed;

  private:
    void make_rgb();
    void hide_effects();

    GimpImage* image_;
    GimpLayer* layer_;
    GtkWidget* bar_;
    GtkWidget* label_;
    GtkWidget* rgb_;
    GtkWidget* hide_;
};

} // namespace neural_style::plugin
