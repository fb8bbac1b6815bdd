// SPDX-License-Identifier: GPL-3.0-or-later
/// Drawables as people see them: with their effects, on demand with their mask. Nothing else reads them.
///
///     SeenDrawables drawables;
///     auto photo = drawables.look(layer, Seen::effects);
///     auto pixels = drawable_pixels(**photo, {0, 0, (*photo)->width, (*photo)->height});
///
/// GIMP's buffer of a layer has no effects, that of a group only its children's, cut off at their edges.
/// Where there are effects, GIMP merges them in a copy in an image of our own, which exists only meanwhile;
/// the layer and its image stay untouched. Without effects and mask nothing is copied.
#pragma once

#include "glib_pointers.hpp"

#include <neural_style/error.hpp>

#include <libgimp/gimp.h>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace neural_style::plugin {

/// Whether the drawable, or anything visible in the group, has a visible effect. Cheap enough for polling.
bool has_effects(GimpDrawable* drawable);

/// A text that changes with what is seen of the drawable: one small picture of it and of its mask.
std::string appearance(GimpDrawable* drawable);

struct SeenDrawable {
    GimpDrawable* drawable;          ///< belongs to libgimp
    GObjectPointer<GeglBuffer> copy; ///< in this process, from (0, 0); null: the drawable's own pixels
    int x = 0;                       ///< of the top left pixel, from the drawable's own: effects may enlarge
    int y = 0;
    int width = 0;
    int height = 0;
    const Babl* format;        ///< of the pixels
    bool in_thumbnails = true; ///< GIMP's small pictures show the same

    /// The pixels. Keep it only while they are read: GIMP may change the drawable's size.
    GObjectPointer<GeglBuffer> buffer() const;
};

enum class Seen { own_pixels, effects, effects_and_mask };

class SeenDrawables {
  public:
    /// What was seen last is returned again while GIMP's small picture of the drawable stays the same.
    /// Errors, translated: out_of_memory.
    Result<std::shared_ptr<const SeenDrawable>> look(GimpDrawable* drawable, Seen seen);
    /// The next look is a new one.
    void forget() { known_.clear(); }

  private:
    struct Known {
        std::string appearance;
        std::shared_ptr<const SeenDrawable> seen;
    };
    std::map<std::pair<int, Seen>, Known> known_;
};

} // namespace neural_style::plugin
