// SPDX-License-Identifier: GPL-3.0-or-later
#include "preview_view.hpp"

#include "translation.hpp"

#include <algorithm>
#include <cmath>
#include <gtk/gtk-a11y.h>
#include <utility>

// GObject's naming: a drawing area whose accessible object is a slider.
struct NeuralStyleDivider {
    GtkDrawingArea parent;
    GtkAdjustment* place;
};
struct NeuralStyleDividerClass {
    GtkDrawingAreaClass parent;
};
struct NeuralStyleDividerAccessible {
    GtkWidgetAccessible parent;
};
struct NeuralStyleDividerAccessibleClass {
    GtkWidgetAccessibleClass parent;
};

static GType neural_style_divider_get_type();
static GType neural_style_divider_accessible_get_type();

static GtkAdjustment* place_of(AtkValue* accessible) {
    GtkWidget* widget = gtk_accessible_get_widget(GTK_ACCESSIBLE(accessible));
    return widget ? reinterpret_cast<NeuralStyleDivider*>(widget)->place : nullptr;
}

static void neural_style_divider_value_init(AtkValueIface* iface) {
    iface->get_value_and_text = [](AtkValue* self, double* value, char** text) {
        GtkAdjustment* place = place_of(self);
        *value = place ? gtk_adjustment_get_value(place) : 0;
        if (text)
            *text = nullptr;
    };
    iface->get_range = [](AtkValue*) { return atk_range_new(0, 100, nullptr); };
    iface->get_increment = [](AtkValue*) { return 5.0; };
    iface->set_value = [](AtkValue* self, const double value) {
        if (GtkAdjustment* place = place_of(self))
            gtk_adjustment_set_value(place, value);
    };
}

G_DEFINE_TYPE_WITH_CODE(NeuralStyleDividerAccessible, neural_style_divider_accessible,
                        GTK_TYPE_WIDGET_ACCESSIBLE,
                        G_IMPLEMENT_INTERFACE(ATK_TYPE_VALUE, neural_style_divider_value_init))
static void neural_style_divider_accessible_class_init(NeuralStyleDividerAccessibleClass* type) {
    ATK_OBJECT_CLASS(type)->initialize = [](AtkObject* self, void* data) {
        ATK_OBJECT_CLASS(neural_style_divider_accessible_parent_class)->initialize(self, data);
        self->role = ATK_ROLE_SLIDER;
    };
}
static void neural_style_divider_accessible_init(NeuralStyleDividerAccessible*) {}

G_DEFINE_TYPE(NeuralStyleDivider, neural_style_divider, GTK_TYPE_DRAWING_AREA)
static void neural_style_divider_class_init(NeuralStyleDividerClass* type) {
    gtk_widget_class_set_accessible_type(GTK_WIDGET_CLASS(type), neural_style_divider_accessible_get_type());
    G_OBJECT_CLASS(type)->finalize = [](GObject* self) {
        g_object_unref(reinterpret_cast<NeuralStyleDivider*>(self)->place);
        G_OBJECT_CLASS(neural_style_divider_parent_class)->finalize(self);
    };
}
static void neural_style_divider_init(NeuralStyleDivider* self) {
    self->place = GTK_ADJUSTMENT(g_object_ref_sink(gtk_adjustment_new(50, 0, 100, 1, 10, 0)));
}

namespace neural_style::plugin {
namespace {

/// How near to the divider the mouse grabs it, in pixels.
constexpr double grip = 10;
constexpr double zoom_min = 0.02, zoom_max = 4;

} // namespace

PreviewView::PreviewView() : area_(GTK_WIDGET(g_object_new(neural_style_divider_get_type(), nullptr))) {
    divider_ = reinterpret_cast<NeuralStyleDivider*>(area_)->place;
    g_object_ref_sink(area_);
    gtk_widget_set_can_focus(area_, TRUE);
    gtk_widget_set_size_request(area_, 400, 300);
    gtk_widget_add_events(area_, GDK_BUTTON_PRESS_MASK | GDK_BUTTON_RELEASE_MASK | GDK_POINTER_MOTION_MASK |
                                     GDK_SCROLL_MASK | GDK_SMOOTH_SCROLL_MASK | GDK_KEY_PRESS_MASK);
    atk_object_set_name(gtk_widget_get_accessible(area_), _("Preview"));
    atk_object_set_description(gtk_widget_get_accessible(area_),
                               _("The photo on the left of the divider, the painting on its right"));
    gtk_widget_set_tooltip_text(area_,
                                _("Drag the divider, or use the arrow keys. Click to look at a place at "
                                  "100 %, drag to move the picture, turn the wheel to zoom."));
    g_signal_connect_swapped(divider_, "value-changed", G_CALLBACK(+[](PreviewView* self) {
                                 g_signal_emit_by_name(gtk_widget_get_accessible(self->area_),
                                                       "value-changed",
                                                       gtk_adjustment_get_value(self->divider_), nullptr);
                                 self->redraw();
                             }),
                             this);
    g_signal_connect(area_, "draw", G_CALLBACK(+[](GtkWidget*, cairo_t* cairo, void* self) -> gboolean {
                         static_cast<PreviewView*>(self)->draw(cairo);
                         return TRUE;
                     }),
                     this);
    g_signal_connect(area_, "button-press-event",
                     G_CALLBACK(+[](GtkWidget*, GdkEventButton* event, void* self) -> gboolean {
                         return static_cast<PreviewView*>(self)->press(*event);
                     }),
                     this);
    g_signal_connect(area_, "motion-notify-event",
                     G_CALLBACK(+[](GtkWidget*, GdkEventMotion* event, void* self) -> gboolean {
                         return static_cast<PreviewView*>(self)->motion(*event);
                     }),
                     this);
    g_signal_connect(area_, "button-release-event",
                     G_CALLBACK(+[](GtkWidget*, GdkEventButton* event, void* self) -> gboolean {
                         return static_cast<PreviewView*>(self)->release(*event);
                     }),
                     this);
    g_signal_connect(
        area_, "scroll-event", G_CALLBACK(+[](GtkWidget*, GdkEventScroll* event, void* data) -> gboolean {
            auto* self = static_cast<PreviewView*>(data);
            double across = 0;
            double steps = 0;
            if (!gdk_event_get_scroll_deltas(reinterpret_cast<GdkEvent*>(event), &across, &steps))
                steps = event->direction == GDK_SCROLL_UP ? -1 : event->direction == GDK_SCROLL_DOWN ? 1 : 0;
            if (steps != 0)
                self->zoom_at(std::pow(1.25, -steps), {event->x, event->y});
            return TRUE;
        }),
        this);
    g_signal_connect(area_, "key-press-event",
                     G_CALLBACK(+[](GtkWidget*, GdkEventKey* event, void* self) -> gboolean {
                         return static_cast<PreviewView*>(self)->key(*event);
                     }),
                     this);
    for (const char* signal : {"focus-in-event", "focus-out-event"})
        g_signal_connect(area_, signal, G_CALLBACK(+[](GtkWidget* widget, GdkEvent*, void*) -> gboolean {
                             gtk_widget_queue_draw(widget);
                             return FALSE;
                         }),
                         nullptr);
}

PreviewView::~PreviewView() {
    if (settle_source_)
        g_source_remove(settle_source_);
    g_signal_handlers_disconnect_by_data(divider_, this);
    g_signal_handlers_disconnect_by_data(area_, this);
    g_object_unref(area_);
}

void PreviewView::show_layer(const Area& whole) {
    whole_ = whole;
    zoom_ = 0;
    for (auto* pictures : {&before_, &after_})
        for (auto& shown : *pictures)
            shown = {};
    redraw();
}

void PreviewView::keep(Shown (&pictures)[2], const Area& area, GdkPixbuf* picture) {
    const bool whole = area == whole_;
    pictures[whole ? 0 : 1] = {area, GObjectPointer<GdkPixbuf>(GDK_PIXBUF(g_object_ref(picture)))};
    if (whole) // a part would show older settings
        pictures[1] = {};
    redraw();
}

void PreviewView::show_before(const Area& area, GdkPixbuf* picture) {
    keep(before_, area, picture);
}

void PreviewView::show_after(const Area& area, GdkPixbuf* picture) {
    keep(after_, area, picture);
}

void PreviewView::clear_after() {
    for (auto& shown : after_)
        shown = {};
    redraw();
}

double PreviewView::scale() const {
    if (zoom_ > 0)
        return zoom_;
    return std::min(double(gtk_widget_get_allocated_width(area_)) / whole_.width,
                    double(gtk_widget_get_allocated_height(area_)) / whole_.height);
}

/// Layer coordinates of the view's top left corner.
PreviewView::Point PreviewView::origin() const {
    const double across = gtk_widget_get_allocated_width(area_) / scale();
    const double down = gtk_widget_get_allocated_height(area_) / scale();
    const auto place = [](double centre, double seen, int begin, int length) {
        if (seen >= length)
            return begin + (length - seen) / 2;
        return std::clamp(centre - seen / 2, double(begin), begin + length - seen);
    };
    const Point middle =
        zoom_ > 0 ? centre_ : Point{whole_.x + whole_.width / 2.0, whole_.y + whole_.height / 2.0};
    return {place(middle.x, across, whole_.x, whole_.width), place(middle.y, down, whole_.y, whole_.height)};
}

PreviewView::Point PreviewView::layer_point(Point view) const {
    const Point from = origin();
    return {from.x + view.x / scale(), from.y + view.y / scale()};
}

Area PreviewView::visible() const {
    if (zoom_ == 0)
        return whole_;
    const Point from = origin();
    const int left = std::max(whole_.x, int(std::floor(from.x))),
              top = std::max(whole_.y, int(std::floor(from.y)));
    const int right = std::min(whole_.x + whole_.width,
                               int(std::ceil(from.x + gtk_widget_get_allocated_width(area_) / scale())));
    const int bottom = std::min(whole_.y + whole_.height,
                                int(std::ceil(from.y + gtk_widget_get_allocated_height(area_) / scale())));
    return {left, top, std::max(1, right - left), std::max(1, bottom - top)};
}

double PreviewView::divider_x() const {
    const Area seen = visible();
    const double left = (seen.x - origin().x) * scale();
    return left + seen.width * scale() * gtk_adjustment_get_value(divider_) / 100;
}

void PreviewView::move_divider_to(double x) {
    const Area seen = visible();
    const double left = (seen.x - origin().x) * scale();
    gtk_adjustment_set_value(divider_, std::clamp((x - left) / (seen.width * scale()) * 100, 0.0, 100.0));
}

void PreviewView::draw_pictures(cairo_t* cairo, const Shown (&pictures)[2]) const {
    const Point from = origin();
    for (const auto& [area, picture] : pictures) {
        if (!picture)
            continue;
        const double across = area.width * scale() / gdk_pixbuf_get_width(picture.get());
        const double down = area.height * scale() / gdk_pixbuf_get_height(picture.get());
        cairo_save(cairo);
        cairo_translate(cairo, (area.x - from.x) * scale(), (area.y - from.y) * scale());
        cairo_scale(cairo, across, down);
        gdk_cairo_set_source_pixbuf(cairo, picture.get(), 0, 0);
        cairo_pattern_set_extend(cairo_get_source(cairo), CAIRO_EXTEND_PAD);
        cairo_pattern_set_filter(cairo_get_source(cairo),
                                 across > 2 ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD);
        cairo_rectangle(cairo, 0, 0, gdk_pixbuf_get_width(picture.get()),
                        gdk_pixbuf_get_height(picture.get()));
        cairo_fill(cairo);
        cairo_restore(cairo);
    }
}

void PreviewView::draw(cairo_t* cairo) const {
    const int width = gtk_widget_get_allocated_width(area_), height = gtk_widget_get_allocated_height(area_);
    GtkStyleContext* style = gtk_widget_get_style_context(area_);
    gtk_render_background(style, cairo, 0, 0, width, height);
    draw_pictures(cairo, before_);
    const double divider = std::round(divider_x());
    if (after_[0].picture || after_[1].picture) {
        cairo_save(cairo);
        cairo_rectangle(cairo, divider, 0, width - divider, height);
        cairo_clip(cairo);
        draw_pictures(cairo, after_);
        cairo_restore(cairo);
    }
    const Area seen = visible();
    const double top = std::max(0.0, (seen.y - origin().y) * scale());
    const double bottom = std::min(double(height), top + seen.height * scale());
    const double middle = (top + bottom) / 2;
    // Dark beside light, so that it is visible on any picture.
    for (const auto& [line, grey, alpha] : {std::tuple(3.0, 0.0, 0.5), std::tuple(1.0, 1.0, 0.95)}) {
        cairo_set_source_rgba(cairo, grey, grey, grey, alpha);
        cairo_set_line_width(cairo, line);
        cairo_move_to(cairo, divider, top);
        cairo_line_to(cairo, divider, bottom);
        cairo_stroke(cairo);
    }
    cairo_set_source_rgba(cairo, 1, 1, 1, 0.95);
    cairo_arc(cairo, divider, middle, 9, 0, 2 * G_PI);
    cairo_fill_preserve(cairo);
    cairo_set_source_rgba(cairo, 0, 0, 0, 0.6);
    cairo_stroke(cairo);
    for (const double side : {-1.0, 1.0}) {
        cairo_move_to(cairo, divider + side * 2.5, middle - 3.5);
        cairo_line_to(cairo, divider + side * 6, middle);
        cairo_line_to(cairo, divider + side * 2.5, middle + 3.5);
        cairo_close_path(cairo);
        cairo_fill(cairo);
    }
    if (gtk_widget_has_visible_focus(area_))
        gtk_render_focus(style, cairo, 0, 0, width, height);
}

bool PreviewView::press(const GdkEventButton& event) {
    if (event.type != GDK_BUTTON_PRESS || event.button > 2)
        return false;
    gtk_widget_grab_focus(area_);
    drag_ = event.button == 1 && std::abs(event.x - divider_x()) < grip ? Drag::divider : Drag::picture;
    drag_from_ = {event.x, event.y};
    const Point from = origin();
    drag_centre_ = {from.x + gtk_widget_get_allocated_width(area_) / scale() / 2,
                    from.y + gtk_widget_get_allocated_height(area_) / scale() / 2};
    dragged_ = false;
    return true;
}

bool PreviewView::motion(const GdkEventMotion& event) {
    if (drag_ == Drag::none) {
        const bool near = std::abs(event.x - divider_x()) < grip;
        GdkDisplay* display = gtk_widget_get_display(area_);
        const GObjectPointer<GdkCursor> cursor(
            gdk_cursor_new_from_name(display, near ? "col-resize" : "grab"));
        gdk_window_set_cursor(gtk_widget_get_window(area_), cursor.get());
        return false;
    }
    const double x = event.x - drag_from_.x, y = event.y - drag_from_.y;
    dragged_ = dragged_ || std::hypot(x, y) > 4;
    if (drag_ == Drag::divider)
        move_divider_to(event.x);
    else if (zoom_ > 0 && dragged_) {
        centre_ = {drag_centre_.x - x / scale(), drag_centre_.y - y / scale()};
        redraw();
    }
    return true;
}

bool PreviewView::release(const GdkEventButton& event) {
    const Drag drag = std::exchange(drag_, Drag::none);
    if (drag != Drag::picture)
        return drag != Drag::none;
    if (dragged_) {
        settle();
    } else if (zoom_ == 0) {
        centre_ = layer_point({event.x, event.y});
        zoom_to(1);
    } else {
        zoom_to(0);
    }
    return true;
}

bool PreviewView::key(const GdkEventKey& event) {
    const bool control = event.state & GDK_CONTROL_MASK;
    const double step = 40 / scale();
    const auto divide = [&](double by) {
        gtk_adjustment_set_value(divider_, std::clamp(gtk_adjustment_get_value(divider_) + by, 0.0, 100.0));
    };
    const Point middle{gtk_widget_get_allocated_width(area_) / 2.0,
                       gtk_widget_get_allocated_height(area_) / 2.0};
    switch (event.keyval) {
    case GDK_KEY_Left:
        control ? pan(-step, 0) : divide(-5);
        return true;
    case GDK_KEY_Right:
        control ? pan(step, 0) : divide(5);
        return true;
    case GDK_KEY_Up:
        if (control)
            pan(0, -step);
        return control;
    case GDK_KEY_Down:
        if (control)
            pan(0, step);
        return control;
    case GDK_KEY_Home:
        divide(-100);
        return true;
    case GDK_KEY_End:
        divide(100);
        return true;
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add:
        zoom_at(1.25, middle);
        return true;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
        zoom_at(0.8, middle);
        return true;
    case GDK_KEY_1:
        zoom_to(1);
        return true;
    case GDK_KEY_0:
        zoom_to(0);
        return true;
    default:
        return false;
    }
}

void PreviewView::zoom_to(double zoom) {
    if (zoom_ == 0 && zoom > 0 && centre_.x == 0 && centre_.y == 0)
        centre_ = {whole_.x + whole_.width / 2.0, whole_.y + whole_.height / 2.0};
    zoom_ = zoom;
    redraw();
    settle();
}

/// Keeps the point under `at` in place.
void PreviewView::zoom_at(double factor, Point at) {
    const Point fixed = layer_point(at);
    const double whole = std::min(double(gtk_widget_get_allocated_width(area_)) / whole_.width,
                                  double(gtk_widget_get_allocated_height(area_)) / whole_.height);
    const double zoom = std::clamp(scale() * factor, zoom_min, std::max(zoom_max, whole));
    zoom_ = zoom <= whole ? 0 : zoom;
    if (zoom_ > 0)
        centre_ = {fixed.x + (gtk_widget_get_allocated_width(area_) / 2.0 - at.x) / zoom_,
                   fixed.y + (gtk_widget_get_allocated_height(area_) / 2.0 - at.y) / zoom_};
    redraw();
    settle();
}

void PreviewView::pan(double x, double y) {
    if (zoom_ == 0)
        return;
    const Point from = origin();
    centre_ = {from.x + gtk_widget_get_allocated_width(area_) / scale() / 2 + x,
               from.y + gtk_widget_get_allocated_height(area_) / scale() / 2 + y};
    redraw();
    settle();
}

void PreviewView::settle() {
    if (settle_source_)
        g_source_remove(settle_source_);
    settle_source_ = g_timeout_add(
        150,
        [](void* data) -> gboolean {
            auto* self = static_cast<PreviewView*>(data);
            self->settle_source_ = 0;
            if (self->moved)
                self->moved();
            return G_SOURCE_REMOVE;
        },
        this);
}

} // namespace neural_style::plugin
