// SPDX-License-Identifier: GPL-3.0-or-later
/// The plug-in's window: paintings to choose from, a live preview and settings; during painting, the growing
/// painting.
///
///     Dialog dialog({.procedure = procedure, .config = config, .image = image, .layer = layer}, engines);
///     while (dialog.asked_to_paint()) {
///         const auto [stop, keep] = dialog.begin_painting();
///         auto painted = paint_layer(host, engine, job, dialog.update(), stop, keep);
///         dialog.end_painting();
///         if (painted)
///             break;
///         dialog.show_error(painted.error().message);
///     }
#pragma once

#include "arguments.hpp"
#include "engine_keeper.hpp"
#include "gimp_host.hpp"

#include <filesystem>
#include <libgimp/gimp.h>
#include <memory>
#include <stop_token>
#include <string>

namespace neural_style::plugin {

struct DialogOptions {
    GimpProcedure* procedure;
    GimpProcedureConfig* config;
    GimpHost& host;                       ///< of the layer shown; the first of several, or a frame
    int layers = 1;                       ///< number to be painted, or of frames
    Subject subject = Subject::layers;    ///< decides which arguments there are
    std::filesystem::path styles_folder;  ///< of the bundled paintings
    std::filesystem::path presets_folder; ///< of the bundled presets
    std::filesystem::path command_line;   ///< the program neural-style, which adds networks
    std::filesystem::path user_folder;    ///< for presets, the user's paintings, thumbnails
    std::string engine_outside; ///< command of the engine outside of GIMP's Flatpak; empty: it runs in none
};

/// For the main thread; GTK must be initialised (`gimp_ui_init`).
class Dialog {
  public:
    /// `engines` and the host must outlive it.
    Dialog(const DialogOptions& options, EngineKeeper& engines);
    ~Dialog();
    Dialog(const Dialog&) = delete;
    Dialog& operator=(const Dialog&) = delete;

    /// Waits until the user presses OK (true) or closes the window (false). The window stays open.
    bool asked_to_paint();

    struct Tokens {
        std::stop_token stop; ///< requested by Cancel
        std::stop_token keep; ///< requested by “Keep this”
    };
    /// Locks the settings.
    Tokens begin_painting();
    /// Shows the engine's progress with the layer or frame of that number, from 0. Only between
    /// `begin_painting` and `end_painting`.
    void show(const protocol::Update& update, int layer = 0);
    /// Unlocks the settings.
    void end_painting();

    /// Shows one sentence at the top.
    void show_error(const std::string& sentence);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace neural_style::plugin
