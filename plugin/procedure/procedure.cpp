// SPDX-License-Identifier: GPL-3.0-or-later
#include "procedure.hpp"

#include "appended_effect.hpp"
#include "arguments.hpp"
#include "dialog.hpp"
#include "engine_keeper.hpp"
#include "gegl_session.hpp"
#include "gimp_animation.hpp"
#include "gimp_host.hpp"
#include "installation.hpp"
#include "openable_endings.hpp"
#include "paint_animation.hpp"
#include "paint_layer.hpp"
#include "painted_layer.hpp"
#include "painting_effects.hpp"
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
constexpr const char* animation_name = "plug-in-neural-style-animation";

constexpr guint64 tile_cache_bytes = guint64(16) << 20;

bool repaints(GimpProcedure* procedure) {
    return std::string_view(gimp_procedure_get_name(procedure)) == repaint_name;
}

bool animates(GimpProcedure* procedure) {
    return std::string_view(gimp_procedure_get_name(procedure)) == animation_name;
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

struct Painting {
    EngineKeeper& engines;
    GimpProcedureConfig* config;
    GimpRunMode run_mode;
    LayerUpdate update;
    std::stop_token stop = {};
    std::stop_token keep = {};
};

/// What is painted: the chosen layers, each alone, or the frames of an animation.
class Painted {
  public:
    explicit Painted(std::vector<GimpHost> layers) : hosts_(std::move(layers)) {}
    /// `shown`: what the dialog shows of the animation.
    Painted(GimpAnimation animation, GimpHost shown) : animation_(std::move(animation)) {
        hosts_.push_back(std::move(shown));
    }

    std::vector<GimpHost>& hosts() { return hosts_; }
    GimpHost& shown() { return hosts_.front(); }
    bool is_animation() const { return animation_.has_value(); }
    int count() const { return int(animation_ ? animation_->frames() : hosts_.size()); }
    /// The painting, or the layer that got an effect.
    GimpLayer* layer() const {
        if (animation_)
            return animation_->painted_layer();
        const GimpHost& host = hosts_.front();
        return host.inserted() ? host.inserted() : host.source();
    }
    /// After a painting into new images.
    void show_images() const {
        if (animation_)
            gimp_display_new(animation_->painted_image());
        else
            for (const auto& host : hosts_)
                gimp_display_new(gimp_item_get_image(GIMP_ITEM(host.inserted())));
    }

    Result<std::vector<PaintedLayer>> paint(EngineClient& engine, const Arguments& arguments,
                                            const LayerUpdate& update, std::stop_token stop,
                                            std::stop_token keep) {
        if (!animation_) {
            std::vector<Host*> layers;
            for (auto& host : hosts_)
                layers.push_back(&host);
            return paint_layers(layers, engine, arguments.job, update, stop, keep);
        }
        // As it is now: the one that the dialog has looked at may have been changed.
        auto now = GimpAnimation::open(shown().image());
        if (!now)
            return std::unexpected(now.error());
        animation_ = *std::move(now);
        return paint_animation(shown(), *animation_, engine, arguments.job, arguments.film, update, stop,
                               keep)
            .transform([&](PaintedLayer painted) {
                if (animation_->has_hidden_layers())
                    painted.notices.emplace_back(_("Hidden layers were left as they are. GIMP plays and "
                                                   "exports them as frames all the same: "
                                                   "delete them before, if they should not be seen."));
                return std::vector{std::move(painted)};
            });
    }

  private:
    std::optional<GimpAnimation> animation_;
    std::vector<GimpHost> hosts_;
};

StyleFolder own_styles() {
    return StyleFolder(user_folder(), openable_endings());
}

/// The layer effect instead of a painting, on all layers.
Result<void> append_effects(std::vector<GimpHost>& hosts, const LayerJob& job) {
    for (auto& host : hosts)
        if (auto allowed = host.allows(job.output); !allowed)
            return allowed;
    Result<std::vector<std::string>> left_out;
    hosts.front().begin_step();
    for (auto host = hosts.begin(); left_out && host != hosts.end(); ++host)
        left_out = append_effect(host->source(), job, own_styles());
    hosts.front().end_step();
    if (!left_out)
        return std::unexpected(left_out.error());
    std::string labels;
    for (const auto& label : *left_out)
        labels += (labels.empty() ? "" : ", ") + label;
    if (!labels.empty())
        gimp_message(
            sentence(_("A layer effect has no such settings, so it paints without them: {}."), labels)
                .c_str());
    return {};
}

/// Paints as the config requests.
Result<void> paint(Painted& painted, const Painting& painting) {
    auto arguments = read_arguments(painting.config, painting.run_mode);
    if (!arguments)
        return std::unexpected(arguments.error());
    if (arguments->job.output == Output::layer_effect)
        return append_effects(painted.hosts(), arguments->job);
    auto engine = painting.engines.engine(arguments->engine);
    if (!engine)
        return std::unexpected(engine.error());
    VerboseLog log;
    arguments->job.styles_folder = styles_folder();
    const auto layers = painted.paint(
        **engine, *arguments,
        [&](const protocol::Update& message, int number) {
            log.update(message);
            painting.update(message, number);
        },
        painting.stop, painting.keep);
    if (!layers)
        return std::unexpected(layers.error());
    if (painting.run_mode == GIMP_RUN_INTERACTIVE && arguments->job.output == Output::new_image)
        painted.show_images();
    // In the dialog it is said before.
    if (painting.run_mode != GIMP_RUN_INTERACTIVE &&
        gimp_image_get_base_type(painted.shown().image()) == GIMP_GRAY)
        gimp_message(_("The image is grayscale, so the painting is gray as well: choose Image > Mode > RGB "
                       "first for a painting in colors."));
    if (painting.run_mode != GIMP_RUN_INTERACTIVE && !painted.is_animation() &&
        std::ranges::any_of(painted.hosts(), [](const GimpHost& host) {
            return shows_painting_effect(GIMP_DRAWABLE(host.source()));
        }))
        gimp_message(_("A layer has the Neural Style Effect, so its painting was painted: hide the effect "
                       "first to paint the layer itself."));
    for (const auto& layer : *layers) {
        log.painted(layer);
        for (const auto& notice : layer.notices)
            gimp_message(notice.c_str());
    }
    return {};
}

/// Without a window: GIMP's status bar shows the progress, and its Cancel kills this process.
Result<void> run_in_status_bar(Painted& painted, GimpProcedureConfig* config, GimpRunMode run_mode,
                               EngineKeeper& engines) {
    gimp_progress_init(_("Neural Style: starting the engine"));
    const ProgressText words;
    auto done =
        paint(painted, {.engines = engines,
                        .config = config,
                        .run_mode = run_mode,
                        .update = [&](const protocol::Update& update, int number) {
                            auto text = words.text(update);
                            if (painted.is_animation())
                                text = sentence(_("Frame {} of {}: {}"), number + 1, painted.count(), text);
                            gimp_progress_set_text(text.c_str());
                            gimp_progress_update(painted.is_animation()
                                                     ? update.fraction
                                                     : (number + update.fraction) / painted.count());
                        }});
    gimp_progress_end();
    return done;
}

Result<void> run_in_dialog(Painted& painted, GimpProcedure* procedure, GimpProcedureConfig* config,
                           EngineKeeper& engines) {
    Dialog dialog({.procedure = procedure,
                   .config = config,
                   .host = painted.shown(),
                   .layers = painted.count(),
                   .subject = painted.is_animation() ? Subject::animation : Subject::layers,
                   .styles_folder = styles_folder(),
                   .presets_folder = presets_folder(),
                   .command_line = command_line(),
                   .user_folder = user_folder(),
                   .engine_outside = engine_command_from_flatpak()},
                  engines);
    while (dialog.asked_to_paint()) {
        const auto [stop, keep] = dialog.begin_painting();
        auto done =
            paint(painted,
                  {.engines = engines,
                   .config = config,
                   .run_mode = GIMP_RUN_INTERACTIVE,
                   .update = [&](const protocol::Update& update, int number) { dialog.show(update, number); },
                   .stop = stop,
                   .keep = keep});
        dialog.end_painting();
        if (done)
            return {};
        if (done.error().code == ErrorCode::cancelled)
            return std::unexpected(done.error());
        dialog.show_error(done.error().message);
    }
    return failure(ErrorCode::cancelled, {});
}

/// What the procedure paints: all frames of the image, the dialog showing the one that is chosen, or the
/// chosen layers.
Result<Painted> chosen(GimpProcedure* procedure, GimpRunMode run_mode, GimpImage* image,
                       GimpDrawable** drawables) {
    if (!animates(procedure))
        return GimpHost::open(image, drawables).transform([](std::vector<GimpHost> hosts) {
            return Painted(std::move(hosts));
        });
    auto animation = GimpAnimation::open(image);
    if (!animation)
        return std::unexpected(animation.error());
    const bool looks = run_mode == GIMP_RUN_INTERACTIVE && drawables && drawables[0];
    const auto shown = looks ? animation->frame_of(GIMP_ITEM(drawables[0])) : 0;
    auto frame = animation->seen(shown);
    if (!frame)
        return std::unexpected(frame.error());
    GimpHost host(image, animation->layer(shown), *std::move(frame));
    return Painted(*std::move(animation), std::move(host));
}

Result<GimpLayer*> paint_as_asked(GimpProcedure* procedure, GimpRunMode run_mode, GimpImage* image,
                                  GimpDrawable** drawables, GimpProcedureConfig* config,
                                  EngineKeeper& engines) {
    auto painted = chosen(procedure, run_mode, image, drawables);
    if (!painted)
        return std::unexpected(painted.error());
    if (run_mode == GIMP_RUN_INTERACTIVE) {
        if (!gtk_init_check(nullptr,
                            nullptr)) // gimp_ui_init would exit, which GIMP calls a crash
            return failure(ErrorCode::invalid_request,
                           _("There is no display for the dialog: run the filter non-interactively."));
        gimp_ui_init(procedure_name);
    }
    if (repaints(procedure))
        if (auto recalled = recall_painting(painted->hosts(), config, own_styles()); !recalled)
            return std::unexpected(recalled.error());
    if (auto applied = apply_preset(config, Presets(user_folder() / "presets"), presets_folder()); !applied)
        return std::unexpected(applied.error());
    auto run = run_mode == GIMP_RUN_INTERACTIVE ? run_in_dialog(*painted, procedure, config, engines)
                                                : run_in_status_bar(*painted, config, run_mode, engines);
    if (!run)
        return std::unexpected(run.error());
    return painted->layer();
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
    if (animates(procedure)) {
        // Those that are opened from a GIF are indexed.
        gimp_procedure_set_image_types(procedure, "RGB*, GRAY*, INDEXED*");
        gimp_procedure_set_sensitivity_mask(procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE |
                                                           GIMP_PROCEDURE_SENSITIVE_DRAWABLES |
                                                           GIMP_PROCEDURE_SENSITIVE_NO_DRAWABLES);
        gimp_procedure_set_menu_label(procedure, _("_Neural Style…"));
        gimp_procedure_set_documentation(
            procedure, _("Paint the layers of an animation in the manner of another picture"),
            _("Paints every visible layer of the image, from the lowest on, as a frame of a film: what is "
              "seen when the "
              "animation is played, each frame held to the one before so that it does not flicker. Names "
              "keep their "
              "durations and marks, such as “(100ms)” and “(replace)”. A group is one frame; hidden layers "
              "are none and "
              "stay as they are. An indexed image becomes RGB. The selection does not matter."),
            name);
        gimp_procedure_add_menu_path(procedure, "<Image>/Filters/Animation");
    } else if (repaints(procedure)) {
        gimp_procedure_set_image_types(procedure, "RGB*, GRAY*");
        gimp_procedure_set_sensitivity_mask(procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE);
        gimp_procedure_set_menu_label(procedure, _("_Repaint Neural Style…"));
        gimp_procedure_set_documentation(
            procedure,
            _("Paint the original of a painted layer again, with the settings it was painted with"),
            _("A layer painted by Neural Style remembers how: its settings, its styles and the layer it was "
              "painted from. This paints that layer again; all arguments but the engine's are taken from the "
              "painted layer."),
            name);
        gimp_procedure_add_menu_path(procedure, "<Image>/Filters/Artistic");
    } else {
        gimp_procedure_set_image_types(procedure, "RGB*, GRAY*");
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
        gimp_procedure_add_menu_path(procedure, "<Image>/Filters/Artistic");
    }
    gimp_procedure_set_attribution(procedure, "Neural Style maintainers", "Neural Style maintainers", "2026");
    add_arguments(procedure, animates(procedure) ? Subject::animation : Subject::layers);
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
        names = g_list_append(names, g_strdup(neural_style::plugin::repaint_name));
        return g_list_append(names, g_strdup(neural_style::plugin::animation_name));
    };
    plug_in->create_procedure = [](GimpPlugIn* self, const char* name) {
        return neural_style::plugin::made_procedure(self, name);
    };
}

static void neural_style_plug_in_init(NeuralStylePlugIn*) {}
