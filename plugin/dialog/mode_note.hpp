// SPDX-License-Identifier: GPL-3.0-or-later
/// Says what the image's mode means for its painting: that of a grayscale image will be gray, with a button
/// that makes the image RGB; an indexed one will become RGB.
///
///     ModeNote note(image);
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
    explicit ModeNote(GimpImage* image);
    ModeNote(const ModeNote&) = delete;
    ModeNote& operator=(const ModeNote&) = delete;

    GtkWidget* widget() const { return bar_; }
    /// Shows or hides the note, as the image is now: its mode may change in GIMP's menu too.
    void refresh();
    /// The button has made the image RGB.
    std::function<void()> changed;

  private:
    void make_rgb();

    GimpImage* image_;
    GtkWidget* bar_;
    GtkWidget* label_;
    GtkWidget* button_;
};

} // namespace neural_style::plugin
