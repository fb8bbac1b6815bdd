// SPDX-License-Identifier: GPL-3.0-or-later
#include "procedure.hpp"

#include "arguments.hpp"
#include "dialog.hpp"
#include "engine_keeper.hpp"
#include "gegl_session.hpp"
#include "gimp_host.hpp"
#include "installation.hpp"
#include "openable_endings.hpp"
#include "paint_layer.hpp"
#include "painted_layer.hpp"
#include "progress_text.hpp"
#include "style_folder.hpp"
#include "translation.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <gegl.h>
#include <iterator>
#include <libgimp/gimpui.h>
#include <optional>
#include <ranges>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace neural_style::plugin {
namespace {

constexpr const char* procedure_name = "plug-in-neural-style";
constexpr const char* repaint_name = "plug-in-neural-style-repaint";

constexpr guint64 tile_cache_bytes = guint64(16) << 20;

bool repaints(GimpProcedure* procedure) {
    return std::string_view(gimp_procedure_get_name(procedure)) == repaint_name;
}

std::string variable(const char* name) {
    const char* value = g_getenv(name);
    return value ? value : "";
}

std::filesystem::path plug_in_folder() {
    return std::filesystem::path(gimp_get_progname()).parent_path();
}

std::filesystem::path styles_folder() {
    return data_folder() / "styles";
}

/// The command line, beside this program or installed.
std::filesystem::path command_line() {
    constexpr const char* name = "neural-style";
    std::error_code ignored;
    const auto beside = plug_in_folder() / name;
    return std::filesystem::is_regular_file(beside, ignored)
               ? beside
               : std::filesystem::path(NEURAL_STYLE_BIN_DIR) / name;
}

std::filesystem::path presets_folder() {
    return data_folder() / "presets";
}

/// Lines on stderr, to follow a batch run: NEURAL_STYLE_VERBOSE=1.
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

EngineKeeper engine_keeper() {
    return EngineKeeper({.setting = {},
                         .environment = variable("NEURAL_STYLE_ENGINE"),
                         .plug_in_folder = plug_in_folder(),
                         .bin_folder = NEURAL_STYLE_BIN_DIR});
}

/// In the user's GIMP folder.
std::filesystem::path user_folder() {
    return std::filesystem::path(gimp_directory()) / "neural-style";
}

struct LayerPainting {
    EngineKeeper& engines;
    GimpProcedureConfig* config;
    GimpRunMode run_mode;
    LayerUpdate update;
    std::stop_token stop = {};
    std::stop_token keep = {};
};

/// Paints each layer as the config requests.
Result<void> paint(std::vector<GimpHost>& hosts, const LayerPainting& painting) {
    auto arguments = read_arguments(painting.config, painting.run_mode);
    if (!arguments)
        return std::unexpected(arguments.error());
    auto engine = painting.engines.engine(arguments->engine);
    if (!engine)
        return std::unexpected(engine.error());
    VerboseLog log;
    auto job = std::move(arguments->job);
    job.styles_folder = styles_folder();
    std::vector<Host*> layers;
    for (auto& host : hosts)
        layers.push_back(&host);
    const auto painted = paint_layers(
        layers, **engine, job,
        [&](const protocol::Update& message, int number) {
            log.update(message);
            painting.update(message, number);
        },
        painting.stop, painting.keep);
    if (!painted)
        return std::unexpected(painted.error());
    if (painting.run_mode == GIMP_RUN_INTERACTIVE && job.output == Output::new_image)
        for (auto& host : hosts)
            gimp_display_new(gimp_item_get_image(GIMP_ITEM(host.inserted())));
    // In the dialog it is said before.
    if (painting.run_mode != GIMP_RUN_INTERACTIVE &&
        gimp_image_get_base_type(hosts.front().image()) == GIMP_GRAY)
        gimp_message(_("The image is grayscale, so the painting is gray as well: choose Image > Mode > RGB "
                       "first for a painting in colors."));
    for (const auto& layer : *painted) {
        log.painted(layer);
        for (const auto& notice : layer.notices)
            gimp_message(notice.c_str());
    }
    return {};
}

/// Without a window: GIMP's status bar shows the progress, and its Cancel kills this process.
Result<void> run_in_status_bar(std::vector<GimpHost>& hosts, GimpProcedureConfig* config,
                               GimpRunMode run_mode, EngineKeeper& engines) {
    gimp_progress_init(_("Neural Style: starting the engine"));
    const ProgressText words;
    auto painted = paint(hosts, {.engines = engines,
                                 .config = config,
                                 .run_mode = run_mode,
                                 .update = [&](const protocol::Update& update, int number) {
                                     gimp_progress_set_text(words.text(update).c_str());
                                     gimp_progress_update((number + update.fraction) / double(hosts.size()));
                                 }});
    gimp_progress_end();
    return painted;
}

Result<void> run_in_dialog(std::vector<GimpHost>& hosts, GimpProcedure* procedure,
                           GimpProcedureConfig* config, EngineKeeper& engines) {
    Dialog dialog({.procedure = procedure,
                   .config = config,
                   .host = hosts.front(),
                   .layers = int(hosts.size()),
                   .styles_folder = styles_folder(),
                   .presets_folder = presets_folder(),
                   .command_line = command_line(),
                   .user_folder = user_folder()},
                  engines);
    while (dialog.asked_to_paint()) {
        const auto [stop, keep] = dialog.begin_painting();
        auto painted =
            paint(hosts,
                  {.engines = engines,
                   .config = config,
                   .run_mode = GIMP_RUN_INTERACTIVE,
                   .update = [&](const protocol::Update& update, int number) { dialog.show(update, number); },
                   .stop = stop,
                   .keep = keep});
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
                                  GimpDrawable** drawables, GimpProcedureConfig* config,
                                  EngineKeeper& engines) {
    auto hosts = GimpHost::open(image, drawables);
    if (!hosts)
        return std::unexpected(hosts.error());
    if (run_mode == GIMP_RUN_INTERACTIVE) {
        if (!gtk_init_check(nullptr,
                            nullptr)) // gimp_ui_init would exit, which GIMP calls a crash
            return failure(ErrorCode::invalid_request,
                           _("There is no display for the dialog: run the filter non-interactively."));
        gimp_ui_init(procedure_name);
    }
    if (repaints(procedure))
        if (auto recalled = recall_painting(*hosts, config, StyleFolder(user_folder(), openable_endings()));
            !recalled)
            return std::unexpected(recalled.error());
    if (auto applied = apply_preset(config, Presets(user_folder() / "presets"), presets_folder()); !applied)
        return std::unexpected(applied.error());
    auto run = run_mode == GIMP_RUN_INTERACTIVE ? run_in_dialog(*hosts, procedure, config, engines)
                                                : run_in_status_bar(*hosts, config, run_mode, engines);
    if (!run)
        return std::unexpected(run.error());
    return hosts->front().inserted();
}

GimpValueArray* run(GimpProcedure* procedure, GimpRunMode run_mode, GimpImage* image,
                    GimpDrawable** drawables, GimpProcedureConfig* config, void*) {
    EngineKeeper engines = engine_keeper();
    // Before everything else: it loads while GEGL does and the window is built. Errors are reported once the
    // window exists.
    if (run_mode == GIMP_RUN_INTERACTIVE)
        if (const auto engine = engines.engine(read_text(config, argument::engine))) [[maybe_unused]]
            const auto started = (*engine)->start();
    const GeglSession gegl;
    // Pixels are read once, from top to bottom; a larger cache would only keep what is never used again.
    g_object_set(gegl_config(), "tile-cache-size", tile_cache_bytes, nullptr);
    auto layer = paint_as_asked(procedure, run_mode, image, drawables, config, engines);
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
    if (repaints(procedure)) {
        gimp_procedure_set_sensitivity_mask(procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE);
        gimp_procedure_set_menu_label(procedure, _("_Repaint Neural Style…"));
        gimp_procedure_set_documentation(
            procedure,
            _("Paint the original of a painted layer again, with the settings it was painted with"),
            _("A layer painted by Neural Style remembers how: its settings, its styles and the layer it was "
              "painted from. This paints that layer again; all arguments but the engine's are taken from the "
              "painted layer."),
            name);
    } else {
        // GIMP distinguishes one drawable from several.
        gimp_procedure_set_sensitivity_mask(procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE |
                                                           GIMP_PROCEDURE_SENSITIVE_DRAWABLES);
        gimp_procedure_set_menu_label(procedure, _("_Neural Style…"));
        gimp_procedure_set_documentation(
            procedure, _("Paint a layer in the manner of another picture"),
            _("Paints the layer anew with the brush strokes and the colors of a painting, a picture file or "
              "another layer, "
              "by optimising a picture until a neural network sees the photo's content and the painting's "
              "manner "
              "in it. "
              "The painting becomes a new layer above the source; a selection becomes its mask. "
              "What is seen of a layer is painted, with its effects. In a grayscale image the painting is "
              "gray; convert the image to RGB first for colors."),
            name);
    }
    gimp_procedure_add_menu_path(procedure, "<Image>/Filters/Artistic");
    gimp_procedure_set_attribution(procedure, "Neural Style maintainers", "Neural Style maintainers", "2026");
    add_arguments(procedure);
    gimp_procedure_add_layer_return_value(procedure, "layer", "Layer", "The new layer", TRUE,
                                          G_PARAM_READWRITE);
    return procedure;
}

} // namespace
} // namespace neural_style::plugin

// GObject's naming from here on: its macros derive every name from these two.
struct _NeuralStylePlugIn {
    GimpPlugIn parent_instance;
};
G_DECLARE_FINAL_TYPE(NeuralStylePlugIn, neural_style_plug_in, NEURAL_STYLE, PLUG_IN, GimpPlugIn)
G_DEFINE_TYPE(NeuralStylePlugIn, neural_style_plug_in, GIMP_TYPE_PLUG_IN)

static void neural_style_plug_in_class_init(NeuralStylePlugInClass* type) {
    GimpPlugInClass* plug_in = GIMP_PLUG_IN_CLASS(type);
    plug_in->query_procedures = [](GimpPlugIn*) {
        GList* names = g_list_append(nullptr, g_strdup(neural_style::plugin::procedure_name));
        return g_list_append(names, g_strdup(neural_style::plugin::repaint_name));
    };
    plug_in->create_procedure = [](GimpPlugIn* self, const char* name) {
        return neural_style::plugin::made_procedure(self, name);
    };
}

static void neural_style_plug_in_init(NeuralStylePlugIn*) {}
