// SPDX-License-Identifier: GPL-3.0-or-later
/// The GEGL operation neural-style:paint. gegl-op.h includes this file several times, each time with another
/// meaning of the macros in its first part; a label is evaluated once, when the class is made.
#ifdef GEGL_PROPERTIES
// clang-format off

enum_start(neural_style_effect_quality)
    enum_value(NEURAL_STYLE_EFFECT_INSTANT, "instant", N_("Instant"))
    enum_value(NEURAL_STYLE_EFFECT_DRAFT, "draft", N_("Draft"))
enum_end(NeuralStyleEffectQuality)

enum_start(neural_style_effect_colors)
    enum_value(NEURAL_STYLE_EFFECT_STYLE, "style", N_("The style"))
    enum_value(NEURAL_STYLE_EFFECT_CONTENT, "content", N_("The photo"))
    enum_value(NEURAL_STYLE_EFFECT_PALETTE, "palette", N_("The style, without its strokes"))
    enum_value(NEURAL_STYLE_EFFECT_HARMONY, "harmony", N_("Style's hues on the photo's layout"))
enum_end(NeuralStyleEffectColors)

property_string(style, style_label(), "starry-night")
    description(_("Name of a painting, such as starry-night, or the path of a picture file"))

property_double(strength, label_of("strength"), 1.0)
    description(help_of("strength"))
    value_range(0.0, 2.0)

property_double(stroke_size, label_of("stroke-size"), 100.0)
    description(help_of("stroke-size"))
    value_range(SettingsRange::stroke_size_min, SettingsRange::stroke_size_max)
    ui_range(25.0, 400.0)
    ui_digits(0)

property_double(detail, label_of("detail"), 0.0)
    description(help_of("detail"))
    value_range(0.0, 1.0)

property_enum(colors, label_of("colors"), NeuralStyleEffectColors, neural_style_effect_colors,
              NEURAL_STYLE_EFFECT_STYLE)
    description(help_of("colors"))

property_enum(quality, label_of("quality"), NeuralStyleEffectQuality, neural_style_effect_quality,
              NEURAL_STYLE_EFFECT_INSTANT)
    description(help_of("quality"))

property_string(trained_style, label_of("trained-style"), "")
    description(help_of("trained-style"))

property_int(seed, label_of("seed"), 0)
    description(help_of("seed"))
    value_range(0, G_MAXINT)

property_int(size_limit, label_of("size-limit"), 0)
    description(help_of("size-limit"))
    value_range(0, 30000)
    ui_range(0, 4000)

// clang-format on
#else

#include "effect_programs.hpp"
#include "layer_effect.hpp"
#include "translation.hpp"

#include <neural_style/setting_table.hpp>

#include <cmath>
#include <exception>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#define GETTEXT_PACKAGE GETTEXT_DOMAIN

namespace {

using namespace neural_style;

const EffectPrograms& programs() {
    static const EffectPrograms found = EffectPrograms::of_library();
    return found;
}

/// The process's. It is never destroyed: another thread may still render while the process ends.
EffectEngine& engine() {
    static EffectEngine& kept = *new EffectEngine(programs());
    return kept;
}

const char* text_of(std::string_view key, auto text) {
    const char* found = "";
    each_setting([&](const auto& setting) {
        if (setting.key == key)
            found = text(setting);
    });
    return _(found);
}

const char* label_of(std::string_view key) {
    return g_intern_string(
        without_mnemonic(text_of(key, [](const auto& setting) { return setting.label; })).c_str());
}

const char* help_of(std::string_view key) {
    return text_of(key, [](const auto& setting) { return setting.help; });
}

/// The first text that is translated, so the program is told where the translations are.
const char* style_label() {
    bindtextdomain(GETTEXT_DOMAIN, programs().locale.c_str());
    bind_textdomain_codeset(GETTEXT_DOMAIN, "UTF-8");
    return _("Style");
}

/// Says once what is wrong, until a painting succeeds again. GIMP shows GEGL's warnings to the user, but only
/// its main thread may open a window, and not while it renders.
class Warnings {
  public:
    void painted() {
        const std::lock_guard lock(mutex_);
        warned_ = false;
    }
    void failed(const std::string& sentence) {
        {
            const std::lock_guard lock(mutex_);
            if (std::exchange(warned_, true))
                return;
        }
        char* const text = g_strdup(sentence.c_str());
        if (g_main_depth() > 0)
            g_idle_add_full(G_PRIORITY_DEFAULT, show, text, g_free);
        else
            g_main_context_invoke_full(nullptr, G_PRIORITY_DEFAULT, show, text, g_free);
    }

  private:
    static gboolean show(void* text) {
        g_log("GEGL", G_LOG_LEVEL_WARNING, "%s", static_cast<const char*>(text));
        return G_SOURCE_REMOVE;
    }

    std::mutex mutex_;
    bool warned_ = false;
};

Warnings& warnings() {
    static Warnings& kept = *new Warnings;
    return kept;
}

} // namespace

#define GEGL_OP_FILTER
#define GEGL_OP_NAME neural_style_paint
#define GEGL_OP_C_SOURCE paint_operation.cpp

#include <gegl-op.h>

namespace {

std::string text(const char* property) {
    return property ? property : "";
}

/// GIMP's files keep numbers as float32: a painting must be the same before and after.
double as_kept(double number) {
    return std::round(number * 1e4) / 1e4;
}

LayerEffect effect_of(const GeglProperties& properties) {
    LayerEffect effect{.settings = {}, .style = text(properties.style)};
    Settings& settings = effect.settings;
    settings.quality = properties.quality == NEURAL_STYLE_EFFECT_DRAFT ? Quality::draft : Quality::instant;
    settings.trained_style = text(properties.trained_style);
    settings.strength = as_kept(properties.strength);
    settings.stroke_size = as_kept(properties.stroke_size);
    settings.detail = as_kept(properties.detail);
    settings.colors = Colors(properties.colors);
    settings.seed = std::uint64_t(properties.seed);
    settings.size_limit = properties.size_limit;
    return effect;
}

/// What is painted; `area` if the input has no bounds.
GeglRectangle whole_input(GeglOperation* operation, const GeglRectangle& area) {
    const GeglRectangle* whole = gegl_operation_source_get_bounding_box(operation, "input");
    return whole && !gegl_rectangle_is_infinite_plane(whole) ? *whole : area;
}

void prepare(GeglOperation* operation) {
    const Babl* format = gegl_operation_get_source_format(operation, "input");
    if (!format)
        format = babl_format("RGBA float");
    gegl_operation_set_format(operation, "input", format);
    gegl_operation_set_format(operation, "output", format);
}

GeglRectangle required_for_output(GeglOperation* operation, const char*, const GeglRectangle* area) {
    return whole_input(operation, *area);
}

GeglRectangle invalidated_by_change(GeglOperation* operation, const char*, const GeglRectangle* area) {
    return whole_input(operation, *area);
}

GeglRectangle cached_region(GeglOperation* operation, const GeglRectangle* area) {
    return whole_input(operation, *area);
}

gboolean process(GeglOperation* operation, GeglBuffer* input, GeglBuffer* output, const GeglRectangle* area,
                 int) {
    const auto* properties = static_cast<const GeglProperties*>(GEGL_PROPERTIES(operation));
    Result<void> painted;
    try {
        painted = paint_layer_effect(engine(), effect_of(*properties), input, *area, output);
    } catch (const std::exception& exception) {
        painted = failure(ErrorCode::out_of_memory, exception.what());
    }
    if (painted) {
        warnings().painted();
    } else {
        warnings().failed(painted.error().message);
        gegl_buffer_copy(input, area, GEGL_ABYSS_NONE, output, area);
    }
    return TRUE;
}

} // namespace

static void gegl_op_class_init(GeglOpClass* of_operation) {
    auto* const operation = GEGL_OPERATION_CLASS(of_operation);
    operation->prepare = prepare;
    operation->get_required_for_output = required_for_output;
    operation->get_invalidated_by_change = invalidated_by_change;
    operation->get_cached_region = cached_region;
    operation->threaded = FALSE;
    operation->opencl_support = FALSE;
    operation->cache_policy = GEGL_CACHE_POLICY_ALWAYS;
    GEGL_OPERATION_FILTER_CLASS(of_operation)->process = process;
    gegl_operation_class_set_keys(
        operation, "name", "neural-style:paint", "title", _("Neural Style Effect"), "categories", "artistic",
        "description", _("Paints the layer in the manner of another picture, and again whenever it changes"),
        "gimp:menu-path", "<Image>/Filters/Artistic", "gimp:menu-label", _("Neural Style Effect"), nullptr);
}

#endif
