// SPDX-License-Identifier: GPL-3.0-or-later
/// One sentence on what went wrong and what to do, with the engine's log behind a button.
///
///     ErrorBar errors([&] { return engine.log(); });
///     errors.show("The engine went away: try again.");
#pragma once

#include <functional>
#include <gtk/gtk.h>
#include <string>

namespace neural_style::plugin {

class ErrorBar {
  public:
    explicit ErrorBar(std::function<std::string()> log);
    ErrorBar(const ErrorBar&) = delete;
    ErrorBar& operator=(const ErrorBar&) = delete;

    GtkWidget* widget() const { return bar_; }
    void show(const std::string& sentence);
    void hide() { gtk_widget_hide(bar_); }

  private:
    void show_details();

    std::function<std::string()> log_;
    GtkWidget* bar_;
    GtkWidget* label_;
};

} // namespace neural_style::plugin
