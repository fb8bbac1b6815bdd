// SPDX-License-Identifier: GPL-3.0-or-later
/// An image of our own, without windows and undo, in which GIMP puts together what is seen.
///
///     const PassingImage image(layers_image, 640, 480);
///     GimpLayer* copy = image.inserted(layer);
///
/// If this process is killed, it stays in GIMP, unseen: it should live only for moments.
#pragma once

#include <libgimp/gimp.h>

namespace neural_style::plugin {

class PassingImage {
  public:
    /// In the other image's colours, RGB instead of indexed, so that pixels are copied as they are.
    PassingImage(GimpImage* like, int width, int height);
    ~PassingImage();
    PassingImage(const PassingImage&) = delete;
    PassingImage& operator=(const PassingImage&) = delete;

    /// NULL: GIMP has made none.
    GimpImage* get() const { return image_; }
    /// A visible copy of the drawable, on top, where the drawable is in its own image. NULL: GIMP refused.
    GimpLayer* inserted(GimpDrawable* drawable) const;

  private:
    GimpImage* image_;
};

} // namespace neural_style::plugin
