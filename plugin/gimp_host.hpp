// SPDX-License-Identifier: GPL-3.0-or-later
/// GIMP as the host: one image and the layer of it that is painted.
///
///     auto host = GimpHost::open(image, drawables);
///     if (host)
///         paint_layer(*host, engine, job);
#pragma once

#include "glib_pointers.hpp"
#include "host.hpp"

#include <libgimp/gimp.h>
#include <optional>
#include <vector>

namespace neural_style::plugin {

/// How many pixels around a selection are painted along with it: so the strokes at its edge continue what is
/// beyond, and end outside the mask. Reaches further than the convolutions up to the third pooling of a
/// VGG-like network see.
inline constexpr int selection_context = 64;

/// Under which a painted layer keeps how it was made.
inline constexpr const char* record_parasite = "neural-style-settings";

/// That area with so much around it, as far as a layer of that size goes.
Area with_context(const Area& area, int width, int height);

class GimpHost : public Host {
  public:
    /// One host for each layer in `drawables`, which ends with NULL. Errors, translated: invalid_request for
    /// what cannot be painted: indexed images, layer masks, channels, no drawable.
    static Result<std::vector<GimpHost>> open(GimpImage* image, GimpDrawable** drawables);
    /// For that layer alone.
    static Result<GimpHost> open(GimpImage* image, GimpDrawable* drawable);

    /// The source's own mask, where it is applied, goes over to the new layer, together with the selection.
    Result<void> allows(Output output) override;
    Result<Content> content() override;
    Result<StylePicture> style_layer(int id) override;
    Result<Mask> mask(int id) override;
    Result<StylePicture> picture_over(int id, const Content& content) override;
    Result<void> keep_snapshot(ImageView snapshot) override;
    Result<void> insert(const Painting& painting) override;

    /// From now on `insert` only makes everything ready; `commit` then touches the image. So several layers
    /// become one undo step.
    void defer() { deferred_ = true; }
    /// What was made ready goes into the image, whose undo group the caller has begun. Errors: those of
    /// `insert`.
    Result<void> commit();
    /// What was made ready goes away.
    void discard();

    GimpImage* image() const { return image_; }
    /// The layer that is painted; belongs to libgimp.
    GimpLayer* source() const { return source_; }
    /// The layer that `insert` made; NULL before that. Belongs to libgimp.
    GimpLayer* inserted() const { return inserted_; }

  private:
    GimpHost(GimpImage* image, GimpLayer* source) : image_(image), source_(source) {}

    /// The content's area in the coordinates of a drawable that lies somewhere else in the image.
    GeglRectangle area_over(GimpDrawable* drawable) const;

    Result<void> unchanged() const;
    GimpLayer* made_layer(GimpImage* image, ImageView painting, const char* name) const;
    Result<void> replace(const Painting& painting);
    GimpImage* new_image() const;
    void add_mask(GimpLayer* layer) const;

    GimpImage* image_;
    GimpLayer* source_;
    GimpLayer* inserted_ = nullptr;
    bool deferred_ = false;
    GimpLayer* ready_ = nullptr;        // not in an image yet, as are the snapshots
    std::vector<GimpLayer*> snapshots_; // the first one lowest
    std::optional<Painting> replacement_;
    Image replacement_image_;
    // As they were when the content was read.
    int width_ = 0;
    int height_ = 0;
    Area area_;
    std::vector<float> alpha_;        // of the area; empty without alpha
    GObjectPointer<GeglBuffer> mask_; // for the new layer; null when nothing is masked
};

} // namespace neural_style::plugin
