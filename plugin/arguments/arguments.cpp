// SPDX-License-Identifier: GPL-3.0-or-later
#include "arguments.hpp"

#include "glib_pointers.hpp"
#include "item_name.hpp"
#include "style_catalog.hpp"
#include "translation.hpp"

#include <neural_style/formatted.hpp>
#include <neural_style/setting_text.hpp>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

namespace neural_style::plugin {
namespace {

/// In millions of bytes: more than any computer has, and still an int.
constexpr int memory_limit_max = 1'000'000'000;
constexpr double feather_max = 1000;
/// GIMP plays animations without end, and its exports by default, too. Where the last frame shows something
/// else than the first, nothing is closed.
constexpr bool loop_by_default = true;
constexpr GParamFlags flags = G_PARAM_READWRITE;

/// Not every procedure has every argument.
bool has(GimpProcedureConfig* config, const char* name) {
    return g_object_class_find_property(G_OBJECT_GET_CLASS(config), name);
}

GStringPointer string_of(GimpProcedureConfig* config, const char* name) {
    char* value = nullptr;
    g_object_get(config, name, &value, nullptr);
    return GStringPointer(value);
}

int int_of(GimpProcedureConfig* config, const char* name) {
    int value = 0;
    if (has(config, name))
        g_object_get(config, name, &value, nullptr);
    return value;
}

bool bool_of(GimpProcedureConfig* config, const char* name) {
    gboolean value = FALSE;
    if (has(config, name))
        g_object_get(config, name, &value, nullptr);
    return value;
}

/// "region-3".
std::string numbered(const char* name, int number) {
    return formatted("{}-{}", name, number);
}

double double_of(GimpProcedureConfig* config, const char* name) {
    double value = 0;
    g_object_get(config, name, &value, nullptr);
    return value;
}

template <typename Choice>
Choice choice_of(GimpProcedureConfig* config, const char* name, Choice fallback) {
    const auto nick = string_of(config, name);
    return nick ? choice_named<Choice>(nick.get()).value_or(fallback) : fallback;
}

/// Identifies this run of GIMP: item ids mean nothing in another one. GIMP is the plug-in's parent.
std::string session() {
    const int gimp = getppid();
    std::string start = "0";
    char* stat = nullptr;
    if (g_file_get_contents(formatted("/proc/{}/stat", gimp).c_str(), &stat, nullptr, nullptr)) {
        const GStringPointer owned(stat);
        // Field 22, the start time of the process; field 2 may contain spaces but ends with the last
        // parenthesis.
        const char* rest = g_strrstr(stat, ")");
        const GStringsPointer fields(g_strsplit(rest ? rest : stat, " ", -1));
        if (g_strv_length(fields.get()) > 20)
            start = fields.get()[20];
    }
    return formatted("{}-{}", gimp, start);
}

/// The record of a drawable: "session:id:name".
struct LayerMemory {
    std::string session;
    int id = 0;
    std::string name;

    static std::optional<LayerMemory> parse(const char* stored) {
        const GStringsPointer parts(g_strsplit(stored ? stored : "", ":", 3));
        if (g_strv_length(parts.get()) != 3)
            return {};
        return LayerMemory{parts.get()[0], int(g_ascii_strtoll(parts.get()[1], nullptr, 10)), parts.get()[2]};
    }
    GimpDrawable* layer() const {
        if (session != plugin::session() || !gimp_item_id_is_drawable(id))
            return nullptr;
        return gimp_drawable_get_by_id(id);
    }
};

Result<StyleChoice> first_style(GimpProcedureConfig* config) {
    GimpDrawable* drawable = nullptr; // belongs to libgimp
    GFile* file = nullptr;
    g_object_get(config, argument::style_drawable, &drawable, argument::style_file, &file, nullptr);
    const GObjectPointer<GimpDrawable> owned_drawable(drawable);
    const GObjectPointer<GFile> owned_file(file);
    if (drawable) {
        return StyleLayer{gimp_item_get_id(GIMP_ITEM(drawable))};
    } else if (file) {
        const GStringPointer path(g_file_get_path(file));
        const GStringPointer uri(g_file_get_uri(file));
        if (!path)
            return failure(ErrorCode::bad_picture,
                           sentence(_("The style picture “{}” is not on this computer: save it here first."),
                                    uri.get()));
        return StyleFile{path.get()};
    } else {
        const auto name = string_of(config, argument::style);
        return StyleName{name ? name.get() : ""};
    }
}

/// The value of `style-2` etc.; nothing if it is empty.
std::optional<StyleChoice> further_style(GimpProcedureConfig* config, int number) {
    if (const auto drawable = drawable_of(config, numbered("style-drawable", number).c_str()))
        return StyleLayer{*drawable};
    const auto text = string_of(config, numbered("style", number).c_str());
    if (!text || !*text)
        return std::nullopt;
    if (is_file_name(text.get()))
        return StyleFile{text.get()};
    return StyleName{text.get()};
}

Result<std::vector<LayerStyle>> styles_of(GimpProcedureConfig* config) {
    auto first = first_style(config);
    if (!first)
        return std::unexpected(first.error());
    std::vector<LayerStyle> styles{{*std::move(first), drawable_of(config, "region-1")}};
    for (int i = 2; i <= int(SettingsRange::styles_max); ++i) {
        auto style = further_style(config, i);
        const auto region = drawable_of(config, numbered("region", i).c_str());
        if (style)
            styles.emplace_back(*std::move(style), region);
        else if (region)
            return failure(
                ErrorCode::invalid_request,
                sentence(_("There is a region {0} without a style {0}: give that style, or leave the "
                           "region out."),
                         i));
    }
    return styles;
}

/// Names of all arguments that are drawables.
std::vector<std::string> drawable_arguments() {
    std::vector<std::string> names{argument::style_drawable, argument::protect, argument::refine};
    for (int i = 1; i <= int(SettingsRange::styles_max); ++i) {
        if (i > 1)
            names.push_back(numbered("style-drawable", i));
        names.push_back(numbered("region", i));
    }
    return names;
}

} // namespace

std::string read_text(GimpProcedureConfig* config, const char* name) {
    const auto text = string_of(config, name);
    return text ? text.get() : "";
}

std::optional<int> drawable_of(GimpProcedureConfig* config, const char* name) {
    GimpDrawable* value = nullptr;
    if (has(config, name))
        g_object_get(config, name, &value, nullptr);
    const GObjectPointer<GimpDrawable> owned(value);
    return value ? std::optional(gimp_item_get_id(GIMP_ITEM(value))) : std::nullopt;
}

void set_drawable(GimpProcedureConfig* config, const char* name, std::optional<int> id) {
    if (!has(config, name))
        return;
    g_object_set(config, name, id && gimp_item_id_is_drawable(*id) ? gimp_drawable_get_by_id(*id) : nullptr,
                 nullptr);
}

namespace {

/// The first style, preceded by the preset.
void add_style(GimpProcedure* procedure) {
    gimp_procedure_add_string_argument(
        procedure, argument::preset, "Preset",
        _("Name of a preset, one of yours or one that came along. Arguments that differ from their defaults "
          "go before it. Empty: none."),
        "", flags);
    gimp_procedure_add_string_argument(procedure, argument::style, _("St_yle"),
                                       _("The bundled painting whose manner is taken, by its name. A picture "
                                         "file or a layer goes before it."),
                                       default_style, flags);
    // Not ACTION_OPEN: GIMP would refuse a missing file itself, with an unhelpful message. (GIMP 3.0 ignores
    // the action and does so anyway, but not in a run with last values.)
    gimp_procedure_add_file_argument(procedure, argument::style_file, _("Picture _file"),
                                     _("A picture file whose manner is taken"), GIMP_FILE_CHOOSER_ACTION_OPEN,
                                     TRUE, nullptr, flags);
    gimp_procedure_add_drawable_argument(
        procedure, argument::style_drawable, _("Style l_ayer"),
        _("Another layer, or a layer of another open image, whose manner is taken"), TRUE, flags);
}

void add_memory_limit(GimpProcedure* procedure) {
    gimp_procedure_add_int_argument(
        procedure, "memory-limit", _("Memory limit (MB)"),
        _("Most memory that the engine may use, in millions of bytes. It paints large "
          "pictures in tiles to stay below. 0: automatic."),
        0, memory_limit_max, 0, flags);
}

void add_further_styles(GimpProcedure* procedure) {
    // Numbered, not arrays: GIMP 3.0 refuses a call that omits an array of drawables, and such an array
    // cannot have gaps.
    for (int i = 2; i <= int(SettingsRange::styles_max); ++i) {
        gimp_procedure_add_string_argument(
            procedure, numbered("style", i).c_str(), formatted("Style {}", i).c_str(),
            sentence(_("Style {}: the name of a bundled painting, or a picture file. Empty: none."), i)
                .c_str(),
            "", flags);
        gimp_procedure_add_drawable_argument(
            procedure, numbered("style-drawable", i).c_str(), formatted("Style layer {}", i).c_str(),
            sentence(_("Style {} as a layer of any open image; goes before its name"), i).c_str(), TRUE,
            flags);
    }
    for (int i = 1; i <= int(SettingsRange::styles_max); ++i)
        gimp_procedure_add_drawable_argument(
            procedure, numbered("region", i).c_str(), formatted("Region {}", i).c_str(),
            sentence(
                _("Where style {} paints: a layer, channel or layer mask, white here, black or transparent "
                  "not. None: everywhere."),
                i)
                .c_str(),
            TRUE, flags);
}

void add_protect(GimpProcedure* procedure) {
    gimp_procedure_add_drawable_argument(
        procedure, argument::protect, "Protect",
        _("A layer, channel or layer mask that says where the photo stays as it is: white here"), TRUE,
        flags);
}

void add_refine(GimpProcedure* procedure) {
    gimp_procedure_add_drawable_argument(procedure, argument::refine, "Refine",
                                         _("A painted layer to go on from, where it lies over the photo"),
                                         TRUE, flags);
}

/// Records of a painting in progress.
void add_record(GimpProcedure* procedure) {
    gimp_procedure_add_int_argument(
        procedure, "snapshot-every", "Snapshot every",
        _("Keep the painting every so many steps as a numbered PNG file. 0: never."), 0,
        SettingsRange::snapshot_every_max, 0, flags);
    gimp_procedure_add_file_argument(procedure, argument::snapshot_folder, "Snapshot folder",
                                     _("Folder for these files; it is made where there is none"),
                                     GIMP_FILE_CHOOSER_ACTION_CREATE_FOLDER, TRUE, nullptr, flags);
    gimp_procedure_add_file_argument(
        procedure, argument::losses_file, "Losses file",
        _("File for a table of what is minimised, tab separated, one line a step"),
        GIMP_FILE_CHOOSER_ACTION_SAVE, TRUE, nullptr, flags);
    gimp_procedure_add_boolean_argument(
        procedure, argument::snapshot_layers, _("Keep steps as layers"),
        _("The painting as it was on its way becomes layers as well, hidden, the first one lowest: every 25 "
          "steps, or as often as snapshots are taken"),
        FALSE, flags);
}

/// What holds the frames of an animation together.
void add_film(GimpProcedure* procedure) {
    const FilmSettings otherwise;
    gimp_procedure_add_double_argument(procedure, argument::steadiness, _("Steadiness"),
                                       _("How strongly a frame is held to the one before, moved along with "
                                         "what it shows. 0: each frame only begins "
                                         "from it, and flickers more."),
                                       0, Motion::steadiness_max, otherwise.steadiness, flags);
    gimp_procedure_add_boolean_argument(
        procedure, argument::loop, _("Close t_he loop"),
        _("The last frame leads to the first again, for an animation that is played without end"),
        loop_by_default, flags);
}

void add_output(GimpProcedure* procedure, Subject subject) {
    GimpChoice* outputs = gimp_choice_new();
    const auto add_choice = [&](Output output, const char* label, const char* help) {
        gimp_choice_add(outputs, name_of(output).data(), int(output), label, help);
    };
    if (subject == Subject::animation) {
        add_choice(Output::replace, _("Replace the layers"),
                   _("Painted layers take the places of the frames, with their names"));
        add_choice(Output::new_image, _("New image"), _("A copy of the image, whose layers are painted"));
    } else {
        add_choice(Output::new_layer, _("New layer"),
                   _("A layer above the source; a selection becomes its mask"));
        add_choice(Output::replace, _("Replace the layer"),
                   _("The layer itself is changed, through the selection; its effects stay and act on the "
                     "painting"));
        add_choice(Output::new_image, _("New image"), _("An image of its own, as large as the layer"));
        add_choice(Output::layer_effect, _("Layer effect"),
                   _("The layer keeps its pixels and is shown painted, in Instant or Draft quality, anew "
                     "whenever it changes"));
    }
    gimp_procedure_add_choice_argument(
        procedure, argument::output, _("O_utput"), _("Where the painting goes"), outputs,
        name_of(subject == Subject::animation ? Output::replace : Output::new_layer).data(), flags);
}

} // namespace

void add_arguments(GimpProcedure* procedure, Subject subject) {
    // Scripts may pass them by position, so the order must not change.
    add_style(procedure);
    add_setting_arguments(procedure);
    add_memory_limit(procedure);
    add_further_styles(procedure);
    add_protect(procedure);
    if (subject == Subject::layers) {
        add_refine(procedure);
        add_record(procedure);
    } else {
        add_film(procedure);
    }
    gimp_procedure_add_double_argument(
        procedure, argument::feather, _("Feather (pixels)"),
        _("How softly regions and the protected part end, in pixels of the layer"), 0, feather_max, 0, flags);
    add_output(procedure, subject);
    gimp_procedure_add_string_argument(procedure, argument::engine, _("Engine comman_d"),
                                       _("Command line that starts the painting engine, such as “ssh "
                                         "workshop neural-style-engine” for another "
                                         "computer. Empty: the one that came with the plug-in."),
                                       "", flags);
    gimp_procedure_add_string_aux_argument(procedure, argument::drawable_memory, "Drawable memory",
                                           "The layers and channels of the last run", "", flags);
}

Result<void> apply_preset(GimpProcedureConfig* config, const Presets& mine,
                          const std::filesystem::path& bundled_folder) {
    const std::string name = read_text(config, argument::preset);
    if (name.empty())
        return {};
    const auto bundled = PresetCatalog::read(bundled_folder);
    if (!bundled)
        return std::unexpected(bundled.error());
    const auto preset = chosen_preset(name, mine, *bundled);
    if (!preset)
        return std::unexpected(preset.error());
    const auto given = read_settings(config);
    if (!given)
        return std::unexpected(given.error());
    write_settings(config, over_preset(preset->settings, *given));
    if (!preset->style.empty() && read_text(config, argument::style) == default_style)
        g_object_set(config, argument::style, preset->style.c_str(), nullptr);
    g_object_set(config, argument::preset, "", nullptr);
    return {};
}

std::vector<StyleSlot> read_styles(GimpProcedureConfig* config) {
    std::vector<StyleSlot> slots;
    const auto first = first_style(config);
    slots.push_back({.picture = first ? *first : StyleChoice(StyleName{default_style}),
                     .region = drawable_of(config, "region-1")});
    for (int i = 2; i <= int(SettingsRange::styles_max); ++i)
        if (auto style = further_style(config, i))
            slots.push_back(
                {.picture = *std::move(style), .region = drawable_of(config, numbered("region", i).c_str())});
    if (const auto shares = value_in<std::vector<double>>(read_text(config, argument::blend));
        shares && shares->size() == slots.size())
        for (std::size_t i = 0; i < slots.size(); ++i)
            slots[i].share = (*shares)[i];
    return slots;
}

void write_styles(GimpProcedureConfig* config, const std::vector<StyleSlot>& slots) {
    g_object_freeze_notify(G_OBJECT(config));
    const auto& first = slots.front().picture;
    const auto* name = std::get_if<StyleName>(&first);
    const auto* path = std::get_if<StyleFile>(&first);
    const auto* layer = std::get_if<StyleLayer>(&first);
    const GObjectPointer<GFile> file(path ? g_file_new_for_path(path->path.c_str()) : nullptr);
    if (name)
        g_object_set(config, argument::style, name->name.c_str(), nullptr);
    g_object_set(config, argument::style_file, file.get(), nullptr);
    set_drawable(config, argument::style_drawable, layer ? std::optional(layer->id) : std::nullopt);
    bool even = true;
    std::vector<double> shares;
    for (int i = 1; i <= int(SettingsRange::styles_max); ++i) {
        const StyleSlot* slot = std::size_t(i) <= slots.size() ? &slots[std::size_t(i) - 1] : nullptr;
        set_drawable(config, numbered("region", i).c_str(), slot ? slot->region : std::nullopt);
        if (slot) {
            even = even && slot->share == slots.front().share;
            shares.push_back(slot->share);
        }
        if (i == 1)
            continue;
        std::string text;
        std::optional<int> drawable;
        if (slot) {
            if (const auto* style = std::get_if<StyleName>(&slot->picture))
                text = style->name;
            else if (const auto* style = std::get_if<StyleFile>(&slot->picture))
                text = style->path.string();
            else
                drawable = std::get<StyleLayer>(slot->picture).id;
        }
        g_object_set(config, numbered("style", i).c_str(), text.c_str(), nullptr);
        set_drawable(config, numbered("style-drawable", i).c_str(), drawable);
    }
    g_object_set(config, argument::blend, even ? "" : text_of(shares).c_str(), nullptr);
    g_object_thaw_notify(G_OBJECT(config));
}

Result<Arguments> read_arguments(GimpProcedureConfig* config, GimpRunMode run_mode) {
    if (run_mode == GIMP_RUN_WITH_LAST_VALS)
        if (const auto name = recall_drawables(config); !name.empty())
            return failure(ErrorCode::bad_picture,
                           sentence(_("The layer “{}” that the last painting was made with is gone: choose "
                                      "another one in the dialog."),
                                    name));
    Arguments arguments;
    LayerJob& job = arguments.job;
    Settings& settings = job.settings;
    auto read = read_settings(config);
    if (!read)
        return std::unexpected(read.error());
    settings = std::move(*read);
    job.feather = double_of(config, argument::feather);
    job.output = choice_of(config, argument::output, job.output);
    job.snapshot_layers = bool_of(config, argument::snapshot_layers);
    job.protect = drawable_of(config, argument::protect);
    job.refine = drawable_of(config, argument::refine);
    job.memory_limit = std::uint64_t(int_of(config, "memory-limit")) * 1'000'000;
    job.snapshot_every = int_of(config, argument::snapshot_every);
    if (has(config, argument::steadiness))
        arguments.film = {.steadiness = double_of(config, argument::steadiness),
                          .loop = bool_of(config, argument::loop)};
    if (const auto engine = string_of(config, argument::engine))
        arguments.engine = engine.get();
    for (auto [name, path] : {std::pair(argument::snapshot_folder, &job.snapshots),
                              std::pair(argument::losses_file, &job.losses)}) {
        GFile* file = nullptr;
        if (has(config, name))
            g_object_get(config, name, &file, nullptr);
        const GObjectPointer<GFile> owned(file);
        if (!file)
            continue;
        const GStringPointer local(g_file_get_path(file));
        if (!local)
            return failure(ErrorCode::not_written,
                           sentence(_("“{}” is not on this computer: choose a folder here."),
                                    GStringPointer(g_file_get_uri(file)).get()));
        *path = local.get();
    }

    if (!needs_style(settings)) {
        settings.blend.clear(); // shares of styles that are not used
        return arguments;
    }
    auto styles = styles_of(config);
    if (!styles)
        return std::unexpected(styles.error());
    job.styles = std::move(*styles);
    return arguments;
}

void remember_drawables(GimpProcedureConfig* config) {
    std::string memory;
    for (const auto& name : drawable_arguments())
        if (const auto id = drawable_of(config, name.c_str())) {
            std::string item = item_name(gimp_item_get_by_id(*id));
            if (item.empty())
                continue;
            std::ranges::replace(item, '\n', ' ');
            memory += formatted("{}={}:{}:{}\n", name, session(), *id, item);
        }
    g_object_set(config, argument::drawable_memory, memory.c_str(), nullptr);
}

std::vector<int> chosen_drawables(GimpProcedureConfig* config) {
    std::vector<int> ids;
    for (const auto& name : drawable_arguments())
        if (const auto id = drawable_of(config, name.c_str()))
            ids.push_back(*id);
    return ids;
}

std::string forget_gone_drawables(GimpProcedureConfig* config) {
    const auto gone = [](std::optional<int> id) { return id && !gimp_item_id_is_drawable(*id); };
    std::string told;
    auto styles = read_styles(config);
    const auto gone_style = [&](const StyleSlot& slot) {
        const auto* layer = std::get_if<StyleLayer>(&slot.picture);
        return layer && gone(layer->id);
    };
    const bool styles_gone = std::ranges::any_of(styles, gone_style);
    if (styles_gone) {
        told = _("The layer chosen as the style is gone: choose another style.");
        if (std::ranges::all_of(styles, gone_style))
            styles = {{.picture = StyleName{read_text(config, argument::style)}}};
        else
            std::erase_if(styles, gone_style);
    }
    const bool regions_gone =
        std::ranges::any_of(styles, [&](const StyleSlot& slot) { return gone(slot.region); });
    for (auto& slot : styles)
        if (gone(slot.region))
            slot.region.reset();
    if (styles_gone || regions_gone)
        write_styles(config, styles);
    const bool protect_gone = gone(drawable_of(config, argument::protect));
    if (protect_gone)
        set_drawable(config, argument::protect, std::nullopt);
    if (regions_gone || protect_gone)
        told = _("A layer or channel chosen as a mask is gone: choose another one.");
    if (gone(drawable_of(config, argument::refine))) {
        set_drawable(config, argument::refine, std::nullopt);
        told = _("The layer chosen to go on from is gone: choose another one.");
    }
    return told;
}

std::string recall_drawables(GimpProcedureConfig* config) {
    const auto memory = string_of(config, argument::drawable_memory);
    const GStringsPointer lines(g_strsplit(memory ? memory.get() : "", "\n", -1));
    std::string gone;
    for (char** line = lines.get(); *line; ++line) {
        const char* equals = std::strchr(*line, '=');
        const auto layer = equals ? LayerMemory::parse(equals + 1) : std::nullopt;
        const auto names = drawable_arguments();
        const std::string name(*line, equals ? std::size_t(equals - *line) : 0);
        if (!layer || std::ranges::find(names, name) == names.end() || drawable_of(config, name.c_str()))
            continue;
        if (GimpDrawable* drawable = layer->layer())
            g_object_set(config, name.c_str(), drawable, nullptr);
        else if (gone.empty())
            gone = layer->name;
    }
    return gone;
}

} // namespace neural_style::plugin
