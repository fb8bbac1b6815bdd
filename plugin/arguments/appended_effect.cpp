// SPDX-License-Identifier: GPL-3.0-or-later
#include "appended_effect.hpp"

#include "glib_pointers.hpp"
#include "painting_effects.hpp"
#include "setting_arguments.hpp"
#include "translation.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

namespace neural_style::plugin {
namespace {

/// As the effect reads it.
Result<std::string> style_text(const LayerJob& job, const StyleFolder& mine) {
    if (job.styles.empty())
        return std::string();
    const StyleChoice& style = job.styles.front().picture;
    if (const auto* name = std::get_if<StyleName>(&style))
        return name->name;
    if (const auto* file = std::get_if<StyleFile>(&style))
        return mine.holds(file->path) ? file->path.filename().string() : file->path.string();
    return failure(ErrorCode::invalid_request,
                   _("A layer cannot be the style of a layer effect: choose a painting or a picture file, or "
                     "another output."));
}

/// Of what is no setting.
std::vector<std::string> left_out_besides_settings(const LayerJob& job) {
    std::vector<std::string> labels;
    if (job.styles.size() > 1)
        labels.emplace_back(_("Further styles"));
    if (std::ranges::any_of(job.styles, [](const LayerStyle& style) { return style.region.has_value(); }))
        labels.emplace_back(_("Regions"));
    if (job.protect)
        labels.emplace_back(_("Protected part"));
    if (job.refine)
        labels.emplace_back(_("Painting to go on from"));
    return labels;
}

} // namespace

Result<std::vector<std::string>> append_effect(GimpLayer* layer, const LayerJob& job,
                                               const StyleFolder& mine) {
    const auto style = style_text(job, mine);
    if (!style)
        return std::unexpected(style.error());
    GimpDrawable* drawable = GIMP_DRAWABLE(layer);
    GimpDrawableFilter* effect =
        gimp_drawable_filter_new(drawable, painting_effect, _("Neural Style Effect"));
    if (!effect)
        return failure(ErrorCode::invalid_request,
                       _("GIMP does not know the Neural Style Effect: install Neural Style again, or choose "
                         "another output."));
    Settings settings = job.settings;
    if (settings.quality != Quality::draft)
        settings.quality = Quality::instant;
    auto left_out = left_out_besides_settings(job);
    GObject* config = G_OBJECT(gimp_drawable_filter_get_config(effect));
    std::ranges::move(write_known_settings(config, settings), std::back_inserter(left_out));
    g_object_set(config, "style", style->c_str(), nullptr);
    remove_painting_effects(drawable);
    gimp_drawable_append_filter(drawable, effect);
    return left_out;
}

} // namespace neural_style::plugin
