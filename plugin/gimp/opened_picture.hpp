// SPDX-License-Identifier: GPL-3.0-or-later
/// A picture file that GIMP has opened for us, unseen: without a window, undo or an entry among recent files.
///
///     const auto opened = OpenedPicture::open("/home/me/mural.psd");
///     if (opened)
///         auto seen = drawables.look(opened->drawable(), Seen::own_pixels);
///
/// What is a picture is decided here alone, by GIMP. Its pixels are in GIMP's process, which swaps; ours
/// holds only what is read from them.
///
/// A JPEG whose end is missing is a picture, too: GIMP warns the user with a message of its own, while its
/// procedures report success and the image has no mark, so that we cannot know.
#pragma once

#include <neural_style/error.hpp>

#include <filesystem>
#include <libgimp/gimp.h>
#include <memory>

namespace neural_style::plugin {

class OpenedPicture {
  public:
    /// Blocks while GIMP reads: half a second for most files. Errors, translated: bad_picture.
    static Result<OpenedPicture> open(const std::filesystem::path& file);

    /// Upright: all layers merged as they are seen, or the first of several frames or pages.
    /// Belongs to libgimp.
    GimpDrawable* drawable() const { return drawable_; }

  private:
    struct Close {
        void operator()(GimpImage* image) const { gimp_image_delete(image); }
    };
    using Image = std::unique_ptr<GimpImage, Close>;

    OpenedPicture(Image image, GimpDrawable* drawable) : image_(std::move(image)), drawable_(drawable) {}

    Image image_;
    GimpDrawable* drawable_;
};

} // namespace neural_style::plugin
