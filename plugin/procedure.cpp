// SPDX-License-Identifier: GPL-3.0-or-later
#include "procedure.hpp"

#include "arguments.hpp"
#include "dialog.hpp"
#include "engine_client.hpp"
#include "engine_command.hpp"
#include "gimp_host.hpp"
#include "paint_layer.hpp"
#include "progress_text.hpp"
#include "style_catalog.hpp"
#include "translation.hpp"

#include <neural_style/data_folder.hpp>

#include <chrono>
#include <filesystem>
#include <gegl.h>
#include <libgimp/gimpui.h>
#include <optional>
#include <utility>

namespace neural_style::plugin {
namespace {

constexpr const char* procedure_name = "plug-in-neural-style";

std::string variable(const char* name) {
    const char* value = g_getenv(name);
    return value ? value : "";
}

std::filesystem::path plug_in_folder() {
    return std::filesystem::path(gimp_get_progname()).parent_path();
}

std::filesystem::path styles_folder() {
    return data_folder(g_getenv("NEURAL_STYLE_DATA")) / "styles";
}

/// Lines on stderr for whoever watches a batch run: NEURAL_STYLE_VERBOSE=1.
class VerboseLog {
  public:
    using Clock = std::chrono::steady_clock;

    void update(const protocol::Update& update) {
        if (enabled_ && !update.notice.empty())
            g_printerr("neural-style: %s\n", update.notice.c_str());
        const auto now = Clock::now();
        if (!enabled_ || (last_ && now - *last_ < std::chrono::milliseconds(500)))
            return;
        last_ = now;
        g_printerr("neural-style: %s\n", ProgressText::log_line(update).c_str());
    }
    void painted(const PaintedLayer& painted) const {
        if (enabled_)
            g_printerr("neural-style: painted in %.1f s on %s\n", painted.seconds, painted.device.c_str());
    }

  private:
    bool enabled_ = variable("NEURAL_STYLE_VERBOSE") == "1";
    std::optional<Clock::time_point> last_;
};

/// The engine of one plug-in call. It stays loaded for the next painting as long as the command line is the
/// same.
class EngineKeeper {
  public:
    Result<EngineClient*> engine(const std::string& setting) {
        if (engine_ && setting == setting_)
            return &*engine_;
        auto command = engine_command({.setting = setting,
                                       .environment = variable("NEURAL_STYLE_ENGINE"),
                                       .plug_in_folder = plug_in_folder(),
                                       .bin_folder = NEURAL_STYLE_BIN_DIR});
        if (!command)
            return std::unexpected(command.error());
        engine_.emplace(std::move(*command));
        setting_ = setting;
        return &*engine_;
    }

  private:
    std::string setting_;
    std::optional<EngineClient> engine_;
};

/// One painting with what the config says.
Result<PaintedLayer> paint(GimpHost& host, EngineKeeper& engines, GimpProcedureConfig* config,
                           GimpRunMode run_mode, const EngineClient::UpdateCallback& update,
                           std::stop_token stop = {}) {
    auto arguments = read_arguments(config, run_mode);
    if (!arguments)
        return std::unexpected(arguments.error());
    auto engine = engines.engine(arguments->engine);
    if (!engine)
        return std::unexpected(engine.error());
    VerboseLog log;
    auto job = std::move(arguments->job);
    job.styles_folder = styles_folder();
    auto painted = paint_layer(
        host, **engine, job,
        [&](const protocol::Update& message) {
            log.update(message);
            update(message);
        },
        stop);
    if (!painted)
        return painted;
    log.painted(*painted);
    for (const auto& notice : painted->notices)
        gimp_message(notice.c_str());
    return painted;
}

/// Without a window: GIMP's status bar shows how far it is, and its Cancel kills this process.
Result<void> run_in_status_bar(GimpHost& host, GimpProcedureConfig* config, GimpRunMode run_mode) {
    EngineKeeper engines;
    gimp_progress_init(_("Neural Style: starting the engine"));
    const ProgressText words;
    auto painted = paint(host, engines, config, run_mode, [&](const protocol::Update& update) {
        gimp_progress_set_text(words.text(update).c_str());
        gimp_progress_update(update.fraction);
    });
    gimp_progress_end();
    if (!painted)
        return std::unexpected(painted.error());
    return {};
}

Result<void> run_in_dialog(GimpHost& host, GimpProcedure* procedure, GimpProcedureConfig* config) {
    if (!gtk_init_check(nullptr, nullptr)) // gimp_ui_init would end the process, and GIMP call that a crash
        return failure(ErrorCode::invalid_request,
                       _("There is no display for the dialog: run the filter non-interactively."));
    gimp_ui_init(procedure_name);
    const auto catalog = StyleCatalog::read(styles_folder());
    Dialog dialog(procedure, config, catalog ? *catalog : StyleCatalog(), host.source());
    if (!catalog)
        dialog.show_error(catalog.error().message);
    EngineKeeper engines;
    while (dialog.asked_to_paint()) {
        const auto stop = dialog.begin_painting();
        auto painted = paint(
            host, engines, config, GIMP_RUN_INTERACTIVE,
            [&](const protocol::Update& update) { dialog.show(update); }, stop);
        dialog.end_painting();
        if (painted)
            return {};
        if (painted.error().code == ErrorCode::cancelled)
            return std::unexpected(painted.error());
        dialog.show_error(painted.error().message);
    }
    return failure(ErrorCode::cancelled, {});
}

Result<GimpLayer*> paint_as_asked(GimpProcedure* procedure, GimpRunMode run_mode, GimpImage* image,
                                  GimpDrawable** drawables, GimpProcedureConfig* config) {
    auto host = GimpHost::open(image, drawables);
    if (!host)
        return std::unexpected(host.error());
    auto run = run_mode == GIMP_RUN_INTERACTIVE ? run_in_dialog(*host, procedure, config)
                                                : run_in_status_bar(*host, config, run_mode);
    if (!run)
        return std::unexpected(run.error());
    return host->inserted();
}

GimpValueArray* run(GimpProcedure* procedure, GimpRunMode run_mode, GimpImage* image,
                    GimpDrawable** drawables, GimpProcedureConfig* config, void*) {
    gegl_init(nullptr, nullptr);
    auto layer = paint_as_asked(procedure, run_mode, image, drawables, config);
    if (!layer && layer.error().code == ErrorCode::cancelled)
        return gimp_procedure_new_return_values(procedure, GIMP_PDB_CANCEL, nullptr);
    if (!layer)
        return gimp_procedure_new_return_values(
            procedure, GIMP_PDB_EXECUTION_ERROR,
            g_error_new_literal(GIMP_PLUG_IN_ERROR, 0, layer.error().message.c_str()));
    GimpValueArray* values = gimp_procedure_new_return_values(procedure, GIMP_PDB_SUCCESS, nullptr);
    GIMP_VALUES_SET_LAYER(values, 1, *layer);
    return values;
}

GimpProcedure* made_procedure(GimpPlugIn* plug_in, const char* name) {
    GimpProcedure* procedure =
        gimp_image_procedure_new(plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, nullptr, nullptr);
    gimp_procedure_set_image_types(procedure, "RGB*, GRAY*");
    gimp_procedure_set_sensitivity_mask(procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE);
    gimp_procedure_set_menu_label(procedure, _("_Neural Style…"));
    gimp_procedure_add_menu_path(procedure, "<Image>/Filters/Artistic");
    gimp_procedure_set_documentation(
        procedure, _("Paint a layer in the manner of another picture"),
        _("Paints the layer anew with the brush strokes and the colors of a painting, a picture file or "
          "another layer, "
          "by optimising a picture until a neural network sees the photo's content and the painting's manner "
          "in it. "
          "The painting becomes a new layer above the source; a selection becomes its mask."),
        name);
    gimp_procedure_set_attribution(procedure, "Neural Style maintainers", "Neural Style maintainers", "2026");
    add_arguments(procedure);
    gimp_procedure_add_layer_return_value(procedure, "layer", "Layer", "The new layer", TRUE,
                                          G_PARAM_READWRITE);
    return procedure;
}

} // namespace
} // namespace neural_style::plugin

// GObject's own naming from here on: its macros derive every name from these two.
struct _NeuralStylePlugIn {
    GimpPlugIn parent_instance;
};
G_DECLARE_FINAL_TYPE(NeuralStylePlugIn, neural_style_plug_in, NEURAL_STYLE, PLUG_IN, GimpPlugIn)
G_DEFINE_TYPE(NeuralStylePlugIn, neural_style_plug_in, GIMP_TYPE_PLUG_IN)

static void neural_style_plug_in_class_init(NeuralStylePlugInClass* type) {
    GimpPlugInClass* plug_in = GIMP_PLUG_IN_CLASS(type);
    plug_in->query_procedures = [](GimpPlugIn*) {
        return g_list_append(nullptr, g_strdup(neural_style::plugin::procedure_name));
    };
    plug_in->create_procedure = [](GimpPlugIn* self, const char* name) {
        return neural_style::plugin::made_procedure(self, name);
    };
}

static void neural_style_plug_in_init(NeuralStylePlugIn*) {}
