// SPDX-License-Identifier: GPL-3.0-or-later
/// An image whose layers are the frames of an animation, the lowest first, as GIMP's own filters and exports
/// have it.
///
///     auto animation = GimpAnimation::open(image);
///     if (animation)
///         paint_animation(host, *animation, engine, job, {.loop = true});
///
/// A frame is what is seen when the animation is played: a layer marked `(replace)` alone, every other one
/// over what was seen before. A group is one frame, hidden layers are none.
#pragma once

#include "animation.hpp"
#include "glib_pointers.hpp"
#include "seen_drawables.hpp"

#include <neural_style/error.hpp>

#include <libgimp/gimp.h>
#include <memory>
#include <string>
#include <vector>

namespace neural_style::plugin {

class GimpAnimation : public Animation {
  public:
    /// Errors, translated: invalid_request if there are fewer than two visible layers or a floating
    /// selection.
    static Result<GimpAnimation> open(GimpImage* image);

    std::size_t frames() const override { return frames_.size(); }
    int width() const override { return width_; }
    int height() const override { return height_; }
    Result<void> allows(Output output) override;
    Result<Samples> frame(std::size_t number) override;
    Result<void> keep(std::size_t number, ImageView painting) override;
    bool kept(std::size_t number) const override { return frames_[number].painting != nullptr; }
    Result<Image> painting(std::size_t number) override;
    Result<void> insert(Output output, const std::string& record) override;

    /// The frame that the item is in, a layer or what is within a group; the first if it is in none.
    std::size_t frame_of(GimpItem* item) const;
    GimpLayer* layer(std::size_t number) const { return frames_[number].layer; }
    /// The frame as something that can be read like a drawable. Errors: those of `frame`.
    Result<std::shared_ptr<const SeenDrawable>> seen(std::size_t number);
    /// Whether there are layers that are no frames, which GIMP's playback and exports show all the same.
    bool has_hidden_layers() const { return has_hidden_layers_; }
    /// The image with the paintings, after `insert`, and its first painted layer. Belong to libgimp.
    GimpImage* painted_image() const { return painted_image_; }
    GimpLayer* painted_layer() const { return painted_layer_; }

  private:
    struct Frame {
        GimpLayer* layer;
        bool combines; ///< with what was seen before
        /// In this process, as large as the image, with alpha.
        GObjectPointer<GeglBuffer> seen = nullptr;
        GObjectPointer<GeglBuffer> painting = nullptr;
        GeglRectangle bounds{}; ///< of what may be seen
        bool opaque = false;
    };
    GimpAnimation(GimpImage* image, std::vector<Frame> frames, bool has_hidden_layers);

    Result<void> see(std::size_t number);
    Result<void> compose(std::size_t number);
    Result<void> unchanged() const;

    GimpImage* image_;
    std::vector<Frame> frames_;
    bool has_hidden_layers_;
    int width_;
    int height_;
    GimpImage* painted_image_ = nullptr;
    GimpLayer* painted_layer_ = nullptr;
};

} // namespace neural_style::plugin
