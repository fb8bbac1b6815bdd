// SPDX-License-Identifier: GPL-3.0-or-later
/// GIMP's widgets for a procedure's arguments, aligned and named for screen readers.
///
///     Controls controls(window, config);
///     gtk_container_add(GTK_CONTAINER(box), controls.setting("quality"));
#pragma once

#include "glib_pointers.hpp"

#include <libgimp/gimpui.h>
#include <string>
#include <string_view>
#include <vector>

namespace neural_style::plugin {

/// A label as a screen reader should say it: "St_yle" is "Style".
std::string spoken(const char* label);

/// A column of visible widgets, each with its natural height.
GtkWidget* filled_box(const std::vector<GtkWidget*>& widgets);

class Controls {
  public:
    Controls(GimpProcedureDialog* window, GimpProcedureConfig* config);

    /// The control for that row of the settings' table: a slider, a list of choices or a check button.
    GtkWidget* setting(std::string_view key);
    /// With its label in front.
    GtkWidget* labeled(const char* name);
    GtkWidget* entry(const char* name);
    GtkWidget* check_button(const char* name);
    /// A slider for the useful part of a range; any value in the range can be typed.
    GtkWidget* spin_scale(const char* name, double lower, double upper, int digits);
    /// Any widget behind an aligned label.
    GtkWidget* row(const char* label, GtkWidget* widget);

  private:
    GtkWidget* control(const char* name);

    GimpProcedureDialog* window_;
    GimpProcedureConfig* config_;
    GObjectPointer<GtkSizeGroup> labels_; // GIMP aligns its own labels; ours join them
};

} // namespace neural_style::plugin
