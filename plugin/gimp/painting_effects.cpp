// SPDX-License-Identifier: GPL-3.0-or-later
#include "painting_effects.hpp"

#include "glib_pointers.hpp"

#include <string_view>
#include <vector>

namespace neural_style::plugin {
namespace {

/// They belong to libgimp.
std::vector<GimpDrawableFilter*> painting_effects(GimpDrawable* drawable) {
    std::vector<GimpDrawableFilter*> found;
    GimpDrawableFilter** effects = gimp_drawable_get_filters(drawable);
    for (GimpDrawableFilter** effect = effects; effect && *effect; ++effect)
        if (const GStringPointer name(gimp_drawable_filter_get_operation_name(*effect));
            name && std::string_view(name.get()) == painting_effect)
            found.push_back(*effect);
    g_free(effects);
    return found;
}

} // namespace

bool shows_painting_effect(GimpDrawable* drawable) {
    for (GimpDrawableFilter* effect : painting_effects(drawable))
        if (gimp_drawable_filter_get_visible(effect))
            return true;
    return false;
}

void hide_painting_effects(GimpDrawable* drawable) {
    for (GimpDrawableFilter* effect : painting_effects(drawable))
        gimp_drawable_filter_set_visible(effect, FALSE);
}

void remove_painting_effects(GimpDrawable* drawable) {
    for (GimpDrawableFilter* effect : painting_effects(drawable))
        gimp_drawable_filter_delete(effect);
}

} // namespace neural_style::plugin
