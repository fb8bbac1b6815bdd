// SPDX-License-Identifier: GPL-3.0-or-later
/// Reads picture files small, on a thread of its own: thumbnails of a gallery, styles of a preview.
///
///     PictureReader reader(cache_folder);
///     reader.read("starry-night.jpg", 96, [](const Result<SmallPicture>& picture) { show(picture); });
///
/// Whatever is wrong with a file costs its own thumbnail and nothing else: a painting of 200 megapixels, one
/// that is cut off, one that takes for ever.
#pragma once

#include "glib_pointers.hpp"

#include <neural_style/error.hpp>

#include <filesystem>
#include <functional>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <memory>

namespace neural_style::plugin {

struct SmallPicture {
    GObjectPointer<GdkPixbuf> pixels; ///< upright; the longest side at most what was asked for
    int width = 0;                    ///< of the file's picture, upright
    int height = 0;
};

/// JPEG files are made smaller while they are decoded; of the others all pixels are in memory at once, and
/// larger ones are refused.
inline constexpr double whole_pixels_max = 100e6;

/// On the calling thread. Never enlarges. Errors, translated: bad_picture.
Result<SmallPicture> read_small(const std::filesystem::path& file, int longest);

/// On the main thread. What is under way when it ends is given up without a call.
class PictureReader {
  public:
    using Callback = std::function<void(const Result<SmallPicture>&)>;

    /// Pictures of at most `cached_longest` pixels are kept in `cache`, under a name that changes with the
    /// file. Empty: none are kept.
    explicit PictureReader(std::filesystem::path cache = {});
    ~PictureReader();
    PictureReader(const PictureReader&) = delete;
    PictureReader& operator=(const PictureReader&) = delete;

    /// In the order of the calls; those with `urgent` first. The callback comes later, on the main context.
    void read(const std::filesystem::path& file, int longest, Callback done, bool urgent = false);

    static constexpr int cached_longest = 256;

  private:
    struct Shared;
    struct Order;
    std::filesystem::path cache_;
    std::shared_ptr<Shared> shared_;
    GThreadPool* pool_ = nullptr;
};

} // namespace neural_style::plugin
