// SPDX-License-Identifier: GPL-3.0-or-later
#include "dialog.hpp"

#include "arguments.hpp"
#include "controls.hpp"
#include "error_bar.hpp"
#include "estimate_text.hpp"
#include "gallery.hpp"
#include "lifetime.hpp"
#include "live_preview.hpp"
#include "mask_choices.hpp"
#include "mode_note.hpp"
#include "network_list.hpp"
#include "openable_endings.hpp"
#include "preset_bar.hpp"
#include "preview_pictures.hpp"
#include "preview_view.hpp"
#include "progress_text.hpp"
#include "selection_state.hpp"
#include "settings_json.hpp"
#include "style_folder.hpp"
#include "style_list.hpp"
#include "trained_list.hpp"
#include "translation.hpp"

#include <neural_style/setting_table.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace neural_style::plugin {
namespace {

/// With these the window fits a screen of 1366 x 768 pixels, whatever is unfolded.
constexpr int settings_width = 370, columns_height = 470;
/// Longest side of a preview's content, in pixels; smaller if the engine is too slow for `latency_wanted`.
constexpr int preview_max = 512, preview_min = 192;
/// For the very first look, when the engine is still cold.
constexpr int preview_first = 384;
constexpr std::chrono::milliseconds latency_wanted{450};
/// GIMP does not signal changes of the selection, so it is polled at this interval.
constexpr std::chrono::milliseconds selection_interval{500};

/// Whether an argument affects the preview.
bool is_shown(std::string_view argument) {
    static constexpr std::string_view others[] = {
        "engine",          "output",       "snapshot-every", "snapshot-layers", "losses-file",
        "snapshot-folder", "style-memory", "run-mode",       "steadiness",      "loop"};
    return std::ranges::find(others, argument) == std::end(others);
}

GtkWidget* expander(const char* label, GtkWidget* child) {
    GtkWidget* widget = gtk_expander_new_with_mnemonic(label);
    gtk_widget_set_margin_start(child, 12);
    gtk_widget_set_margin_top(child, 6);
    gtk_container_add(GTK_CONTAINER(widget), child);
    gtk_widget_show(child);
    gtk_widget_show(widget);
    return widget;
}

} // namespace

struct Dialog::Impl {
    DialogOptions options;
    EngineKeeper& engines;
    GimpProcedureDialog* window;
    GimpProcedureConfig* config;

    StyleFolder mine;
    Presets presets;
    PictureReader reader;
    StyleCatalog catalog;
    std::string catalog_problem;
    Gallery gallery;
    MaskChoices masks;
    StyleList styles;
    PresetBar preset_bar;
    PreviewView view;
    ErrorBar errors;
    ModeNote mode;
    PreviewPictures pictures;
    LivePreview preview;
    TrainedList trained;
    NetworkList networks;
    Controls controls;

    GtkWidget* columns = nullptr; // locked while painting, except for the picture
    GtkWidget* settings = nullptr;
    GtkWidget* status = nullptr;
    GtkWidget* progress = nullptr;
    GtkWidget* keep_button = nullptr;
    GtkWidget* estimate = nullptr;
    GtkWidget* protect = nullptr;
    GtkWidget* refine = nullptr;

    gulong config_handler = 0;
    std::vector<gulong> window_handlers; // while painting
    std::optional<std::stop_source> stop, keep;
    std::optional<ProgressText> words;
    int painted_layer = -1;
    int preview_longest = preview_first;
    std::string estimated_for; // what the current estimate was requested for
    Timer opening, watching;
    Lifetime lifetime;                 // the engine client lives longer
    std::string selection_seen;        // `selection_state` of the preview
    std::vector<int> chosen_seen;      // `chosen_drawables` of the preview
    std::string chosen_state;          // their `drawables_state`
    std::optional<LayerPart> painting; // the layer beneath the growing painting
    bool writing_styles = false;
    bool suiting = false;
    bool sentence_stays = false;                // until something changes
    std::set<std::string, std::less<>> by_hand; // of `suitable_settings`: not to be changed

    Impl(const DialogOptions& for_options, EngineKeeper& for_engines);
    ~Impl();
    PreviewEvents preview_events();
    void fill_window();
    void connect_parts();
    void connect_signals();

    GimpImage* image() const { return options.host.image(); }
    GimpLayer* layer() const { return options.host.source(); } ///< the layer shown
    bool is_animation() const { return options.subject == Subject::animation; }
    GtkWidget* preview_column();
    GtkWidget* settings_column();
    GtkWidget* styles_settings();
    GtkWidget* more_settings();
    GtkWidget* expert_settings();
    GtkWidget* outside_button();
    Area whole() const { return options.host.painted_area(output()); }
    Output output() const {
        return choice_named<Output>(read_text(config, argument::output)).value_or(Output::new_layer);
    }
    void open();
    void take_greeting(const protocol::Hello& hello);
    Result<EngineClient*> ready_engine();
    void take_change(const char* argument);
    void follow_view();
    void watch_selection();
    void take_selection();
    SuitedSettings suited() const;
    double number(const char* argument) const;
    void note_what_is_by_hand();
    void suit();
    Result<std::optional<PreviewOrder>> order(bool chosen_quality);
    void show_step(PreviewStep step);
    void show_painting(const PreviewOrder& order, std::span<const std::byte> bytes, int width, int height);
    void fit_to_latency();
    void ask_estimate();
    void show_until_changed(const std::string& sentence);
    void lock(bool locked);
};

Dialog::Impl::Impl(const DialogOptions& for_options, EngineKeeper& for_engines)
    : options(for_options), engines(for_engines), window(GIMP_PROCEDURE_DIALOG(gimp_procedure_dialog_new(
                                                      options.procedure, options.config, _("Neural Style")))),
      config(options.config), mine(options.user_folder, openable_endings()),
      presets(options.user_folder / "presets"),
      reader({.cache = options.user_folder / "thumbnails",
              .bundled = options.styles_folder,
              .read_file = [this](const std::filesystem::path& file,
                                  int longest) { return options.host.style_file(file, longest); }}),
      catalog([this] {
          auto read = StyleCatalog::read(options.styles_folder);
          if (!read)
              catalog_problem = read.error().message;
          return read ? *read : StyleCatalog();
      }()),
      gallery(catalog, mine, reader), masks(image(), layer()), styles(gallery, masks),
      preset_bar(presets, PresetCatalog::read(options.presets_folder).value_or(PresetCatalog())),
      errors([this] { return engines.log(); }), mode(image(), layer()),
      pictures(options.host, options.styles_folder, reader, [this] { preview.arrived(); }),
      preview([this] { return ready_engine(); },
              [this](bool chosen_quality) { return order(chosen_quality); }, preview_events()),
      networks(options.command_line), controls(window, config) {
    recall_drawables(config);             // GIMP does not store drawables
    pictures.expect(read_styles(config)); // read on a thread while the window is built

    fill_window();
    connect_parts();
    styles.show(read_styles(config));
    trained.show(read_text(config, "trained-style"));
    networks.show(read_text(config, "network"));
    note_what_is_by_hand();
    connect_signals();
    // First show the window, then do everything that takes time.
    opening.start(std::chrono::milliseconds(1), [this] { open(); });
}

PreviewEvents Dialog::Impl::preview_events() {
    return {.painted =
                [this](const PreviewOrder& order, const protocol::Picture& picture, bool chosen_quality) {
                    if (!sentence_stays)
                        errors.hide();
                    show_painting(order, picture.bytes, picture.width, picture.height);
                    if (!chosen_quality) {
                        fit_to_latency();
                        ask_estimate();
                    }
                },
            .growing =
                [this](const PreviewOrder& order, const protocol::Update& update) {
                    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(progress), update.fraction);
                    if (update.preview_width > 0)
                        show_painting(order, update.preview, update.preview_width, update.preview_height);
                },
            .step = [this](PreviewStep step) { show_step(step); },
            .failed =
                [this](const Error& error) {
                    gtk_label_set_text(GTK_LABEL(status), "");
                    if (!sentence_stays)
                        errors.show(error.message);
                }};
}

void Dialog::Impl::fill_window() {
    gtk_window_set_resizable(GTK_WINDOW(window), TRUE);
    columns = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    gtk_widget_set_size_request(columns, -1, columns_height);
    gtk_box_pack_start(GTK_BOX(columns), gallery.widget(), FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(columns), preview_column(), TRUE, TRUE, 0);
    settings = settings_column();
    gtk_box_pack_start(GTK_BOX(columns), settings, FALSE, FALSE, 0);
    gtk_widget_show(columns);
    GtkWidget* area = gtk_dialog_get_content_area(GTK_DIALOG(window));
    gtk_box_pack_start(GTK_BOX(area), errors.widget(), FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(area), mode.widget(), FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(area), columns, TRUE, TRUE, 6);
}

/// What the parts of the window tell each other and the arguments.
void Dialog::Impl::connect_parts() {
    gallery.chosen = [this](const StyleChoice& style) {
        g_object_set(config, "trained-style", "", nullptr); // it would paint instead of the style just chosen
        if (read_text(config, "manner") == name_of(Manner::dream)) // so would this
            g_object_set(config, "manner", name_of(Manner::strokes).data(), nullptr);
        styles.take(style);
        suit();
    };
    trained.chosen = [this](const std::string& name) {
        g_object_set(config, "trained-style", name.c_str(), nullptr);
    };
    networks.chosen = [this](const std::string& name) {
        g_object_set(config, "network", name.c_str(), nullptr);
    };
    networks.failed = [this](const std::string& sentence) { show_until_changed(sentence); };
    gallery.failed = [this](const std::string& sentence) { errors.show(sentence); };
    styles.changed = [this](const std::vector<StyleSlot>& slots) {
        writing_styles = true;
        write_styles(config, slots);
        writing_styles = false;
    };
    preset_bar.settings_now = [this] { return read_settings(config); };
    preset_bar.chosen = [this](const ChosenPreset& chosen) {
        if (!chosen.style.empty())
            styles.take(StyleName{chosen.style});
        Settings kept = chosen.settings; // shares belong to the styles, which do not change
        kept.blend.clear();
        if (const auto now = read_settings(config))
            kept.blend = now->blend;
        write_settings(config, kept);
        for (const auto& [name, value] : suitable_settings())
            by_hand.insert(name);
    };
    preset_bar.failed = gallery.failed;
    masks.failed = [this](const std::string& sentence) { show_until_changed(sentence); };
    view.moved = [this] { follow_view(); };
    mode.changed = [this] { watch_selection(); };
}

void Dialog::Impl::connect_signals() {
    config_handler =
        g_signal_connect(config, "notify", G_CALLBACK(+[](GObject*, GParamSpec* changed, void* self) {
                             static_cast<Impl*>(self)->take_change(changed->name);
                         }),
                         this);
    // Until the window is destroyed, so that its close button asks during painting.
    g_signal_connect(window, "delete-event", G_CALLBACK(gtk_true), nullptr);
}

Dialog::Impl::~Impl() {
    g_signal_handler_disconnect(config, config_handler);
    preview.pause();
    gtk_widget_destroy(GTK_WIDGET(window));
}

void Dialog::Impl::open() {
    if (!catalog_problem.empty())
        errors.show(catalog_problem);
    const auto engine = ready_engine(); // loads while the layer is read
    selection_seen = selection_state(image(), layer());
    const Area area = whole();
    if (area.width > 0) {
        view.show_layer(area);
        if (const auto part = pictures.part(area, preview_max, output()))
            view.show_before(area, shown_before(**part).get());
    }
    if (engine)
        preview.changed(/*at_once=*/true);
    else
        errors.show(engine.error().message);
    gallery.read_thumbnails();
    watch_selection();
}

/// The settings that suit the painting; none if several styles are blended.
SuitedSettings Dialog::Impl::suited() const {
    const auto chosen = read_styles(config);
    const auto* name = std::get_if<StyleName>(&chosen.front().picture);
    const auto style =
        name && chosen.size() == 1 ? catalog.find(name->name) : failure(ErrorCode::invalid_request, {});
    SuitedSettings settings = style ? style->settings : SuitedSettings();
    settings.insert(suitable_settings().begin(), suitable_settings().end());
    return settings;
}

double Dialog::Impl::number(const char* argument) const {
    double value = 0;
    g_object_get(config, argument, &value, nullptr);
    return value;
}

/// Whatever differs from what suits the painting was set by the user.
void Dialog::Impl::note_what_is_by_hand() {
    by_hand.clear();
    for (const auto& [name, value] : suited())
        if (number(name.c_str()) != value)
            by_hand.insert(name);
}

void Dialog::Impl::suit() {
    suiting = true;
    for (const auto& [name, value] : suited())
        if (!by_hand.contains(name))
            g_object_set(config, name.c_str(), value, nullptr);
    suiting = false;
}

/// Polls the selection and the drawables, except while painting, when they have already been read.
void Dialog::Impl::watch_selection() {
    watching.start(selection_interval, [this] { watch_selection(); });
    if (stop)
        return;
    if (!gimp_image_is_valid(image()) || !gimp_item_is_valid(GIMP_ITEM(layer()))) {
        watching.stop();
        preview.changed(); // which reports it
        return;
    }
    mode.refresh();
    if (const auto gone = forget_gone_drawables(config); !gone.empty())
        show_until_changed(gone);
    auto selection = selection_state(image(), layer());
    auto chosen = chosen_drawables(config);
    auto state = drawables_state(chosen);
    // Another choice has its preview already.
    const bool changed = selection != selection_seen || (chosen == chosen_seen && state != chosen_state);
    selection_seen = std::move(selection);
    chosen_seen = std::move(chosen);
    chosen_state = std::move(state);
    if (changed)
        take_selection();
}

void Dialog::Impl::take_selection() {
    pictures.forget_layers();
    const Area area = whole();
    if (area.width <= 0) { // the preview says what to do
        preview.changed();
        return;
    }
    errors.hide();
    if (area != view.whole())
        view.show_layer(area);
    follow_view();
}

void Dialog::Impl::take_greeting(const protocol::Hello& hello) {
    trained.offer(hello.trained_styles);
    networks.offer(hello.networks);
}

/// nullptr: it is starting, and the preview is told when it is ready.
Result<EngineClient*> Dialog::Impl::ready_engine() {
    char* setting = nullptr;
    g_object_get(config, argument::engine, &setting, nullptr);
    const GStringPointer owned(setting);
    const auto engine = engines.engine(setting ? setting : "");
    if (!engine)
        return engine;
    if (const auto* hello = (*engine)->hello()) {
        take_greeting(*hello);
        return engine;
    }
    if (auto started = (*engine)->start(); !started)
        return std::unexpected(started.error());
    (*engine)->watch({.ready = lifetime.bound([this](const protocol::Hello& hello) {
                          take_greeting(hello);
                          preview.arrived();
                      }),
                      .lost = lifetime.bound([this](const Error& error) {
                          if (!preview.lost(error))
                              errors.show(error.message);
                      })});
    return nullptr;
}

void Dialog::Impl::take_change(const char* argument) {
    if (std::exchange(sentence_stays, false))
        errors.hide();
    if (!writing_styles && (g_str_has_prefix(argument, "style") || g_str_has_prefix(argument, "region") ||
                            std::string_view(argument) == "blend")) {
        styles.show(read_styles(config));
        note_what_is_by_hand(); // reset or loaded
    } else if (const auto& known = suitable_settings(); !suiting && known.contains(argument)) {
        if (number(argument) == suited().at(argument))
            by_hand.erase(argument);
        else
            by_hand.insert(argument);
    }
    if (std::string_view(argument) == "trained-style")
        trained.show(read_text(config, "trained-style"));
    if (std::string_view(argument) == "network")
        networks.show(read_text(config, "network"));
    if (protect)
        MaskChoices::show(protect, drawable_of(config, argument::protect));
    if (refine)
        MaskChoices::show(refine, drawable_of(config, argument::refine));
    // Replacing a layer paints its own pixels beneath its effects.
    if (std::string_view(argument) == argument::output && gimp_item_is_valid(GIMP_ITEM(layer())) &&
        has_effects(GIMP_DRAWABLE(layer())))
        take_selection();
    if (!is_shown(argument))
        return;
    if (!g_str_has_prefix(argument, "style-drawable") && !g_str_has_prefix(argument, "region"))
        preset_bar.forget_choice();
    preview.changed();
}

/// The visible part changed: shows its photo at once, its painting later.
void Dialog::Impl::follow_view() {
    const Area area = view.visible();
    if (const auto part = pictures.part(area, preview_max, output()))
        view.show_before(area, shown_before(**part).get());
    preview.changed();
}

Result<std::optional<PreviewOrder>> Dialog::Impl::order(bool chosen_quality) {
    auto arguments = read_arguments(config, GIMP_RUN_INTERACTIVE);
    if (!arguments)
        return std::unexpected(arguments.error());
    if (!gimp_image_is_valid(image()) || !gimp_item_is_valid(GIMP_ITEM(layer())))
        return failure(ErrorCode::invalid_request, _("The layer is gone: select another one and try again."));
    const Area area = view.visible();
    if (area.width <= 0 || whole().width <= 0)
        return failure(
            ErrorCode::invalid_request,
            _("The selection does not touch the layer: change the selection, or choose Select > None."));
    return pictures.order(arguments->job, area, chosen_quality ? preview_max : preview_longest);
}

/// The slower the engine, the smaller the first look.
void Dialog::Impl::fit_to_latency() {
    const auto took = preview.latency();
    if (took > latency_wanted)
        preview_longest = std::max(preview_min, preview_longest * 4 / 5);
    else if (took * 2 < latency_wanted)
        preview_longest = std::min(preview_max, preview_longest * 5 / 4);
}

void Dialog::Impl::show_painting(const PreviewOrder&, std::span<const std::byte> bytes, int width,
                                 int height) {
    const auto& part = pictures.part();
    view.show_after(part.area, shown_after(part, bytes, width, height).get());
}

void Dialog::Impl::show_step(PreviewStep step) {
    const char* text = "";
    switch (step) {
    case PreviewStep::waiting:
    case PreviewStep::first_look:
        text = _("Taking a first look…");
        break;
    case PreviewStep::resting:
        text = _("A first look");
        break;
    case PreviewStep::growing:
        text = _("The chosen quality grows…");
        break;
    case PreviewStep::finished:
        text = _("The preview is finished");
        break;
    }
    gtk_label_set_text(GTK_LABEL(status), text);
    if (step != PreviewStep::growing)
        gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(progress), 0);
}

/// The cost of pressing OK; requested only if it may have changed.
void Dialog::Impl::ask_estimate() {
    auto arguments = read_arguments(config, GIMP_RUN_INTERACTIVE);
    const Area area = whole();
    if (!arguments || area.width <= 0)
        return;
    EngineOutline outline{.settings = arguments->job.settings,
                          .content = {area.width, area.height},
                          .styles = pictures.style_sizes(),
                          .protects = arguments->job.protect.has_value(),
                          .refines = arguments->job.refine.has_value(),
                          .memory_limit = arguments->job.memory_limit};
    // Any setting may affect the cost; the engine replies instantly.
    std::string key = protocol::settings_to_json(outline.settings) +
                      sentence(" {} {} {} {} {}", area.width, area.height, outline.memory_limit,
                               outline.protects, outline.refines);
    for (const auto& style : outline.styles)
        key += sentence(" {} {} {}", style.width, style.height, style.has_region);
    if (key == estimated_for)
        return;
    auto engine = engines.engine(arguments->engine);
    if (!engine)
        return;
    [[maybe_unused]] const auto asked =
        (*engine)->estimate(outline, lifetime.bound([this, key](const Result<protocol::Estimate>& answer) {
            if (!answer)
                return;
            estimated_for = key;
            auto text = estimate_text(*answer);
            if (is_animation())
                text = sentence(ngettext_("{0} frame: {1} each", "{0} frames: {1} each", options.layers),
                                options.layers, text);
            else if (options.layers > 1)
                text = sentence(ngettext_("{0} layer: {1} each", "{0} layers: {1} each", options.layers),
                                options.layers, text);
            gtk_label_set_text(GTK_LABEL(estimate), text.c_str());
        }));
}

GtkWidget* Dialog::Impl::preview_column() {
    GtkWidget* column = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    GtkWidget* frame = gtk_frame_new(nullptr);
    gtk_frame_set_shadow_type(GTK_FRAME(frame), GTK_SHADOW_IN);
    gtk_widget_set_size_request(view.widget(), 440, 330);
    gtk_container_add(GTK_CONTAINER(frame), view.widget());
    gtk_box_pack_start(GTK_BOX(column), frame, TRUE, TRUE, 0);

    GtkWidget* row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    status = gtk_label_new(nullptr);
    gtk_label_set_xalign(GTK_LABEL(status), 0);
    gtk_label_set_ellipsize(GTK_LABEL(status), PANGO_ELLIPSIZE_END);
    gtk_box_pack_start(GTK_BOX(row), status, TRUE, TRUE, 0);
    GtkWidget* fit = gtk_button_new_from_icon_name("zoom-fit-best", GTK_ICON_SIZE_BUTTON);
    atk_object_set_name(gtk_widget_get_accessible(fit), _("The whole layer"));
    gtk_widget_set_tooltip_text(fit, _("Look at the whole layer"));
    g_signal_connect_swapped(fit, "clicked", G_CALLBACK(+[](PreviewView* self) { self->show_whole(); }),
                             &view);
    GtkWidget* full = gtk_button_new_from_icon_name("zoom-original", GTK_ICON_SIZE_BUTTON);
    atk_object_set_name(gtk_widget_get_accessible(full), _("100 %"));
    gtk_widget_set_tooltip_text(full, _("Look at a detail at 100 %"));
    g_signal_connect_swapped(full, "clicked", G_CALLBACK(+[](PreviewView* self) { self->show_full_size(); }),
                             &view);
    gtk_box_pack_start(GTK_BOX(row), fit, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(row), full, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(column), row, FALSE, FALSE, 0);

    GtkWidget* below = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    progress = gtk_progress_bar_new();
    gtk_widget_set_valign(progress, GTK_ALIGN_CENTER);
    atk_object_set_name(gtk_widget_get_accessible(progress), _("Progress"));
    gtk_widget_set_tooltip_text(progress, _("How far the painting is"));
    gtk_box_pack_start(GTK_BOX(below), progress, TRUE, TRUE, 0);
    keep_button = gtk_button_new_with_mnemonic(_("_Keep this"));
    gtk_widget_set_tooltip_text(
        keep_button, is_animation()
                         ? _("End here: the frames that are painted are kept, the others stay as they are")
                         : _("End the painting here and take it as it is"));
    gtk_widget_set_sensitive(keep_button, FALSE);
    g_signal_connect_swapped(keep_button, "clicked", G_CALLBACK(+[](Impl* self) {
                                 if (!self->keep)
                                     return;
                                 gtk_widget_set_sensitive(self->keep_button, FALSE);
                                 gtk_label_set_text(GTK_LABEL(self->status),
                                                    self->is_animation()
                                                        ? _("Taking the frames that are painted…")
                                                        : _("Taking the painting as it is…"));
                                 self->keep->request_stop();
                             }),
                             this);
    gtk_box_pack_start(GTK_BOX(below), keep_button, FALSE, FALSE, 0);
    gtk_box_pack_start(GTK_BOX(column), below, FALSE, FALSE, 0);

    GtkWidget* cost = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    gtk_box_pack_start(GTK_BOX(cost), gtk_label_new(_("OK takes")), FALSE, FALSE, 0);
    estimate = gtk_label_new(_("… the engine is starting"));
    gtk_label_set_xalign(GTK_LABEL(estimate), 0);
    gtk_label_set_ellipsize(GTK_LABEL(estimate), PANGO_ELLIPSIZE_END);
    gtk_widget_set_tooltip_text(estimate, _("Time, memory and device, estimated"));
    gtk_box_pack_start(GTK_BOX(cost), estimate, TRUE, TRUE, 0);
    gtk_box_pack_start(GTK_BOX(column), cost, FALSE, FALSE, 0);
    gtk_widget_show_all(column);
    return column;
}

GtkWidget* Dialog::Impl::settings_column() {
    GtkWidget* stroke_size = controls.setting("stroke-size");
    gimp_spin_scale_set_gamma(GIMP_SPIN_SCALE(stroke_size), 2.0); // 100 % near the middle
    std::vector<GtkWidget*> widgets{
        preset_bar.widget(),        controls.setting("strength"), stroke_size,
        controls.setting("detail"), controls.setting("colors"),   controls.setting("quality"),
        controls.setting("manner")};
    if (is_animation())
        widgets.insert(widgets.end(), {controls.spin_scale(argument::steadiness, 0, 4, 1),
                                       controls.check_button(argument::loop)});
    widgets.insert(widgets.end(), {expander(_("Styles and _regions"), styles_settings()),
                                   expander(_("_More settings"), more_settings()),
                                   expander(_("E_xpert settings"), expert_settings())});
    GtkWidget* box = filled_box(widgets);
    gtk_container_set_border_width(GTK_CONTAINER(box), 2);
    GtkWidget* scrolled = gtk_scrolled_window_new(nullptr, nullptr);
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_overlay_scrolling(GTK_SCROLLED_WINDOW(scrolled), FALSE);
    gtk_widget_set_size_request(scrolled, settings_width, -1);
    gtk_container_add(GTK_CONTAINER(scrolled), box);
    gtk_widget_show(scrolled);
    return scrolled;
}

GtkWidget* Dialog::Impl::styles_settings() {
    protect = masks.combo(_("Nothing"), _("Protected part"), drawable_of(config, argument::protect),
                          [this](std::optional<int> id) { set_drawable(config, argument::protect, id); });
    gtk_widget_set_tooltip_text(protect, _("Where the photo stays as it is: white in a mask or channel"));
    GtkWidget* instead = controls.row(_("_Trained style"), trained.widget());
    atk_object_set_name(gtk_widget_get_accessible(trained.widget()), spoken(_("_Trained style")).c_str());
    gtk_widget_set_tooltip_text(
        trained.widget(), _("A network that was trained for one style and paints it in one pass, instead of "
                            "the paintings"));
    return filled_box({styles.widget(), instead, controls.row(_("Protec_t"), protect),
                       controls.spin_scale(argument::feather, 0, 200, 0)});
}

GtkWidget* Dialog::Impl::more_settings() {
    std::vector<GtkWidget*> widgets{controls.labeled(argument::output)};
    if (!is_animation())
        widgets.push_back(controls.check_button(argument::snapshot_layers));
    for (const char* key : {"seamless", "texture", "seed", "size-limit"})
        widgets.push_back(controls.setting(key));
    if (!is_animation()) {
        refine = masks.combo(_("The photo, anew"), _("Go on from"), drawable_of(config, argument::refine),
                             [this](std::optional<int> id) { set_drawable(config, argument::refine, id); });
        gtk_widget_set_tooltip_text(refine, _("A painted layer to go on from, where it lies over the photo"));
        widgets.push_back(controls.row(_("_Go on from"), refine));
    }
    return filled_box(widgets);
}

GtkWidget* Dialog::Impl::expert_settings() {
    std::vector<GtkWidget*> widgets;
    each_setting([&](const auto& setting) {
        if (setting.audience != Audience::expert)
            return;
        if (std::string_view(setting.key) != "network") {
            widgets.push_back(controls.setting(setting.key));
            return;
        }
        // The list's words are long: it has a line of its own.
        widgets.push_back(controls.row(_(setting.label), networks.button()));
        widgets.push_back(networks.widget());
        atk_object_set_name(gtk_widget_get_accessible(networks.widget()), spoken(_(setting.label)).c_str());
        gtk_widget_set_tooltip_text(networks.widget(), _(setting.help));
    });
    widgets.push_back(controls.spin_scale("memory-limit", 0, 32000, 0));
    widgets.push_back(controls.entry(argument::engine));
    if (!options.engine_outside.empty())
        widgets.push_back(outside_button());
    return filled_box(widgets);
}

GtkWidget* Dialog::Impl::outside_button() {
    GtkWidget* button = gtk_button_new_with_label(_("Use this computer's engine"));
    gtk_widget_set_halign(button, GTK_ALIGN_END);
    gtk_widget_set_tooltip_text(button,
                                _("This GIMP comes from Flatpak: the engine is started outside of it, "
                                  "where it must be installed and GIMP must be allowed to start it"));
    g_signal_connect_swapped(button, "clicked", G_CALLBACK(+[](Impl* self) {
                                 g_object_set(self->config, argument::engine,
                                              self->options.engine_outside.c_str(), nullptr);
                             }),
                             this);
    return button;
}

/// Keeps the sentence even while the preview continues.
void Dialog::Impl::show_until_changed(const std::string& sentence) {
    errors.show(sentence);
    sentence_stays = true;
}

void Dialog::Impl::lock(bool locked) {
    gtk_widget_set_sensitive(settings, !locked);
    gtk_widget_set_sensitive(gallery.widget(), !locked);
    gtk_widget_set_sensitive(mode.widget(), !locked);
    gtk_widget_set_sensitive(keep_button, locked);
    // Reset is response 1 in GimpProcedureDialog.
    for (const int response : {int(GTK_RESPONSE_OK), 1})
        gtk_dialog_set_response_sensitive(GTK_DIALOG(window), response, !locked);
    // The row with Load and Save Settings.
    GList* children =
        gtk_container_get_children(GTK_CONTAINER(gtk_dialog_get_content_area(GTK_DIALOG(window))));
    for (GList* child = children; child; child = child->next)
        if (GTK_IS_BUTTON_BOX(child->data))
            gtk_widget_set_sensitive(GTK_WIDGET(child->data), !locked);
    g_list_free(children);
}

Dialog::Dialog(const DialogOptions& options, EngineKeeper& engines)
    : impl_(std::make_unique<Impl>(options, engines)) {}

Dialog::~Dialog() = default;

bool Dialog::asked_to_paint() {
    if (!gimp_procedure_dialog_run(impl_->window))
        return false;
    remember_drawables(impl_->config);
    for (const auto& style : read_styles(impl_->config))
        if (const auto* file = std::get_if<StyleFile>(&style.picture))
            impl_->mine.note(file->path);
    return true;
}

Dialog::Tokens Dialog::begin_painting() {
    impl_->preview.pause();
    impl_->errors.hide();
    impl_->sentence_stays = false;
    gtk_label_set_text(GTK_LABEL(impl_->status), _("Starting the engine"));
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(impl_->progress), 0);
    impl_->lock(true);
    impl_->stop.emplace();
    impl_->keep.emplace();
    impl_->words.emplace();
    impl_->painted_layer = -1;
    impl_->painting.reset();
    if (gimp_image_is_valid(impl_->image()) && gimp_item_is_valid(GIMP_ITEM(impl_->layer())))
        if (const Area area = impl_->whole(); area.width > 0)
            if (const auto part = impl_->pictures.part(area, preview_max, impl_->output()))
                impl_->painting = **part; // a copy, since another part may become visible
    impl_->view.show_whole();
    // The engine client's loop runs now, not GIMP's, so responses arrive here.
    impl_->window_handlers = {
        g_signal_connect(impl_->window, "response", G_CALLBACK(+[](GtkDialog*, int response, void* data) {
                             auto* self = static_cast<Impl*>(data);
                             if (response != GTK_RESPONSE_CANCEL && response != GTK_RESPONSE_DELETE_EVENT)
                                 return;
                             gtk_label_set_text(GTK_LABEL(self->status), _("Cancelling"));
                             self->stop->request_stop();
                         }),
                         impl_.get())};
    return {impl_->stop->get_token(), impl_->keep->get_token()};
}

void Dialog::show(const protocol::Update& update, int layer) {
    if (impl_->stop->stop_requested() || impl_->keep->stop_requested())
        return;
    const bool is_animation = impl_->is_animation();
    // An animation's progress is that of all frames, a layer's is its own.
    if (std::exchange(impl_->painted_layer, layer) != layer && !is_animation)
        impl_->words.emplace();
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(impl_->progress), std::clamp(update.fraction, 0.0, 1.0));
    auto text = impl_->words->text(update);
    if (is_animation)
        text = sentence(_("Frame {} of {}: {}"), layer + 1, impl_->options.layers, text);
    else if (impl_->options.layers > 1)
        text = sentence(_("Layer {} of {}: {}"), layer + 1, impl_->options.layers, text);
    gtk_label_set_text(GTK_LABEL(impl_->status), text.c_str());
    auto& part = impl_->painting;
    if (update.preview_width <= 0 || (layer > 0 && !is_animation) || !part)
        return;
    if (is_animation)
        part->alpha.clear(); // it is that of another frame
    impl_->view.show_after(
        part->area, shown_after(*part, update.preview, update.preview_width, update.preview_height).get());
}

void Dialog::end_painting() {
    for (const gulong handler : std::exchange(impl_->window_handlers, {}))
        g_signal_handler_disconnect(impl_->window, handler);
    impl_->lock(false);
    impl_->stop.reset();
    impl_->keep.reset();
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(impl_->progress), 0);
    gtk_label_set_text(GTK_LABEL(impl_->status), "");
}

void Dialog::show_error(const std::string& sentence) {
    impl_->show_until_changed(sentence);
    impl_->preview.resume();
}

} // namespace neural_style::plugin
