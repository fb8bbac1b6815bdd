// SPDX-License-Identifier: GPL-3.0-or-later
/// GIMP as the host: one image, and the layer to paint.
///
///     auto host = GimpHost::open(image, drawables);
///     if (host)
///         paint_layer(*host, engine, job);
#pragma once

#include "glib_pointers.hpp"
#include "host.hpp"
#include "seen_drawables.hpp"

#include <libgimp/gimp.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace neural_style::plugin {

/// Pixels around a selection that are painted too, so that strokes at its edge continue beyond it and end
/// outside the mask. Larger than the reach of the convolutions up to the third pooling of a VGG-like network.
inline constexpr int selection_context = 64;

/// The parasite in which a painted layer keeps how it was made.
inline constexpr const char* record_parasite = "neural-style-settings";
/// Attaches it; it goes with undo.
void attach_record(GimpItem* item, const std::string& record);

/// That area with this margin, within a layer of that size.
Area with_context(const Area& area, int width, int height);

class GimpHost : public Host {
  public:
    /// One host per layer in `drawables`, which ends with NULL. Errors, translated: invalid_request for what
    /// cannot be painted: indexed images, layer masks, channels, no drawable.
    static Result<std::vector<GimpHost>> open(GimpImage* image, GimpDrawable** drawables);
    /// For that layer only.
    static Result<GimpHost> open(GimpImage* image, GimpDrawable* drawable);
    /// For looking at a frame of an animation, which that layer is: `frame` is what is seen then, whatever is
    /// selected.
    GimpHost(GimpImage* image, GimpLayer* layer, std::shared_ptr<const SeenDrawable> frame)
        : image_(image), source_(layer), frame_(frame), photo_(std::move(frame)) {}

    /// The new layer gets the selection and the source's own mask, if it is applied.
    Result<void> allows(Output output) override;
    Result<Content> content(Output output) override;
    Result<LayerPart> part(const Area& area, int longest, Output output) override;
    Result<StylePicture> style_layer(int id, int longest = 0) override;
    Result<StylePicture> style_file(const std::filesystem::path& file, int longest = 0) override;
    Result<Mask> mask(int id, const Look& look) override;
    Result<StylePicture> picture_over(int id, const Area& area, const Samples& beneath) override;
    Result<void> keep_snapshot(SamplesView snapshot) override;
    Result<void> keep_painting(const Painting& painting) override;
    Result<void> prepare() override;
    Result<void> insert() override;
    void discard() override;
    void begin_step() override;
    void end_step() override;

    /// The part to paint for that output: all that is seen of the layer, or what the selection needs, context
    /// included. Empty if the selection does not touch it, or if it cannot be read.
    Area painted_area(Output output);

    GimpImage* image() const { return image_; }
    /// The layer to paint; belongs to libgimp.
    GimpLayer* source() const { return source_; }
    /// The layer made by `insert`; NULL before. Belongs to libgimp.
    GimpLayer* inserted() const { return inserted_; }

  private:
    GimpHost(GimpImage* image, GimpLayer* source) : image_(image), source_(source) {}

    /// Converts an area of the layer to the coordinates of another drawable in the image.
    GeglRectangle over(const SeenDrawable& seen, const Area& area) const;

    Result<void> look(Output output);
    const Babl* format() const;
    Result<void> still_takes(Output output) const;
    GObjectPointer<GeglBuffer> rendered(SamplesView painting) const;
    GimpLayer* made_layer(GimpImage* image, GeglBuffer* pixels, const char* name) const;
    Result<void> insert_above_source(GimpLayer* layer);
    Result<void> replace();
    GimpImage* new_image() const;
    void add_mask(GimpLayer* layer) const;

    GimpImage* image_;
    GimpLayer* source_;
    SeenDrawables drawables_;
    std::shared_ptr<const SeenDrawable> frame_; // null: not of an animation
    std::shared_ptr<const SeenDrawable> photo_; // as read last
    GimpLayer* inserted_ = nullptr;
    /// In this process, in the layer's size.
    struct Kept {
        GObjectPointer<GeglBuffer> pixels;
        std::string settings;
        Output output;
    };
    std::optional<Kept> kept_;
    std::vector<GObjectPointer<GeglBuffer>> kept_snapshots_;
    // In GIMP, but not yet in an image.
    GimpLayer* prepared_ = nullptr;
    std::vector<GimpLayer*> prepared_snapshots_; // the first will be the lowest
    // In an image.
    std::vector<GimpLayer*> placed_;
    GimpImage* own_image_ = nullptr; // contains only the painting
    // As of when the content was read.
    int source_width_ = 0;
    int source_height_ = 0;
    std::string linked_file_; // empty: the layer links to none
    int width_ = 0; // of the photo
    int height_ = 0;
    Area area_;
    Samples alpha_;                   // of the area; empty without alpha
    GObjectPointer<GeglBuffer> mask_; // for the new layer; null: no mask
};

} // namespace neural_style::plugin
