// SPDX-License-Identifier: GPL-3.0-or-later
/// Reads picture files in small sizes on a thread: thumbnails for a gallery, styles for a preview.
///
///     PictureReader reader(cache_folder);
///     reader.read("starry-night.jpg", 96, [](const Result<SmallPicture>& picture) { show(picture); });
///
/// A bad file costs only its own thumbnail: a painting of 200 megapixels, a truncated one, one that takes for
/// ever.
#pragma once

#include "glib_pointers.hpp"

#include <neural_style/error.hpp>

#include <filesystem>
#include <functional>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <memory>

namespace neural_style::plugin {

struct SmallPicture {
    GObjectPointer<GdkPixbuf> pixels; ///< upright; the longest side at most the requested one
    int width = 0;                    ///< of the file's picture, upright
    int height = 0;
};

/// JPEG files are reduced during decoding; other files are held in memory whole, and larger ones are refused.
inline constexpr double whole_pixels_max = 100e6;

/// Synchronously. Never enlarges. Errors, translated: bad_picture.
Result<SmallPicture> read_small(const std::filesystem::path& file, int longest);

/// For the main thread. Unfinished reads are dropped without a call when it is destroyed.
class PictureReader {
  public:
    using Callback = std::function<void(const Result<SmallPicture>&)>;

    /// Pictures of at most `cached_longest` pixels are cached in `cache`, under a name that changes with the
    /// file. Empty: no cache.
    explicit PictureReader(std::filesystem::path cache = {});
    ~PictureReader();
    PictureReader(const PictureReader&) = delete;
    PictureReader& operator=(const PictureReader&) = delete;

    /// In the order of the calls, but `urgent` ones first. The callback is called later, on the main context.
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
