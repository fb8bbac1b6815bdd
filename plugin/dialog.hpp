// SPDX-License-Identifier: GPL-3.0-or-later
/// The plug-in's window: settings first; while the engine paints, the painting as it grows, and a Cancel.
///
///     Dialog dialog(procedure, config, catalog, host.source());
///     while (dialog.asked_to_paint()) {
///         auto painted = paint_layer(host, engine, job, dialog.update(), dialog.begin_painting());
///         dialog.end_painting();
///         if (painted)
///             break;
///         dialog.show_error(painted.error().message);
///     }
#pragma once

#include "engine_client.hpp"
#include "style_catalog.hpp"

#include <libgimp/gimp.h>
#include <memory>
#include <stop_token>
#include <string>

namespace neural_style::plugin {

/// Lives on the main thread and needs GTK to be initialised (`gimp_ui_init`).
class Dialog {
  public:
    Dialog(GimpProcedure* procedure, GimpProcedureConfig* config, const StyleCatalog& catalog,
           GimpLayer* source);
    ~Dialog();
    Dialog(const Dialog&) = delete;
    Dialog& operator=(const Dialog&) = delete;

    /// Waits until the user presses OK (true) or closes the window (false). The window stays open.
    bool asked_to_paint();

    /// From now on the settings are locked and Cancel requests a stop by this token.
    std::stop_token begin_painting();
    /// Shows how far the engine is. To be called between `begin_painting` and `end_painting`.
    void show(const protocol::Update& update);
    /// The settings can be changed again.
    void end_painting();

    /// One sentence, above the buttons.
    void show_error(const std::string& sentence);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace neural_style::plugin
