// SPDX-License-Identifier: GPL-3.0-or-later
/// Shows a layer before and after, separated by a divider that mouse or keyboard move.
///
///     PreviewView view;
///     view.show_layer({0, 0, 4000, 3000});
///     view.show_before(area, photo);
///     view.show_after(area, painting);
///     gtk_container_add(GTK_CONTAINER(box), view.widget());
///
/// Mouse: drag the divider, or the picture anywhere else; a click zooms to 100 % at that place and back; the
/// wheel zooms. Keyboard: Left, Right, Home and End move the divider, with Ctrl the picture; + and - zoom, 1
/// is 100 %, 0 the whole. For screen readers it is a slider: the divider's position in percent.
#pragma once

#include "glib_pointers.hpp"
#include "host.hpp"

#include <functional>
#include <gtk/gtk.h>

namespace neural_style::plugin {

class PreviewView {
  public:
    PreviewView();
    ~PreviewView();
    PreviewView(const PreviewView&) = delete;
    PreviewView& operator=(const PreviewView&) = delete;

    GtkWidget* widget() const { return area_; }

    /// The visible area, in pixels of the layer. Resets zoom and pictures.
    void show_layer(const Area& whole);
    /// Pictures of parts of the layer, at any size. One of the whole stays beneath one of a part.
    void show_before(const Area& area, GdkPixbuf* picture);
    void show_after(const Area& area, GdkPixbuf* picture);
    void clear_after();

    /// The area last passed to `show_layer`.
    const Area& whole() const { return whole_; }
    /// The visible part, in pixels of the layer.
    Area visible() const;
    bool shows_whole() const { return zoom_ == 0; }
    void show_whole() { zoom_to(0); }
    void show_full_size() { zoom_to(1); }

    /// Another part is visible; called when the movement stops.
    std::function<void()> moved;

  private:
    struct Shown {
        Area area;
        GObjectPointer<GdkPixbuf> picture;
    };
    struct Point {
        double x = 0, y = 0;
    };

    void draw(cairo_t* cairo) const;
    void draw_pictures(cairo_t* cairo, const Shown (&pictures)[2]) const;
    void keep(Shown (&pictures)[2], const Area& area, GdkPixbuf* picture);
    bool press(const GdkEventButton& event);
    bool motion(const GdkEventMotion& event);
    bool release(const GdkEventButton& event);
    bool key(const GdkEventKey& event);
    void zoom_to(double zoom);
    void zoom_at(double factor, Point at);
    void move_divider_to(double x);
    void pan(double x, double y);
    void settle();
    double scale() const;
    double divider_x() const;
    Point layer_point(Point view) const;
    Point origin() const;
    void redraw() const { gtk_widget_queue_draw(area_); }

    GtkWidget* area_;
    GtkAdjustment* divider_; // percent of the width; belongs to the widget
    Area whole_{0, 0, 1, 1};
    double zoom_ = 0;            // view pixels per layer pixel; 0: all visible
    Point centre_;               // of the view, in layer coordinates
    Shown before_[2], after_[2]; // the whole, a part
    enum class Drag { none, divider, picture } drag_ = Drag::none;
    Point drag_from_;
    Point drag_centre_;
    bool dragged_ = false;
    guint settle_source_ = 0;
};

} // namespace neural_style::plugin
