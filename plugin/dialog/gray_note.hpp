// SPDX-License-Identifier: GPL-3.0-or-later
/// Says that the painting of a grayscale image will be gray, with a button that makes the image RGB.
///
///     GrayNote note(image);
///     gtk_box_pack_start(window, note.widget(), FALSE, FALSE, 0);
///     note.changed = [&] { preview.changed(); };
#pragma once

#include <functional>
#include <gtk/gtk.h>
#include <libgimp/gimp.h>

namespace neural_style::plugin {

class GrayNote {
  public:
    /// Must live as long as its widget.
    explicit GrayNote(GimpImage* image);
    GrayNote(const GrayNote&) = delete;
    GrayNote& operator=(const GrayNote&) = delete;

    GtkWidget* widget() const { return bar_; }
    /// Shows or hides the note, as the image is now: its mode may change in GIMP's menu too.
    void refresh();
    /// The button has made the image RGB.
    std::function<void()> changed;

  private:
    void make_rgb();

    GimpImage* image_;
    GtkWidget* bar_;
};

} // namespace neural_style::plugin
