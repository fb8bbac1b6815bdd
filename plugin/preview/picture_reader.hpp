// SPDX-License-Identifier: GPL-3.0-or-later
/// Reads picture files in small sizes: thumbnails for a gallery, styles for a preview.
///
///     PictureReader reader({.cache = cache_folder, .bundled = styles_folder, .read_file = by_the_editor});
///     reader.read("starry-night.jpg", 96, [](const Result<SmallPicture>& picture) { show(picture); });
///
/// Bundled paintings are read on a thread. Other files are read by the editor, as for the painting itself, so
/// that what is shown can be painted and the other way round; the main loop waits for each, and runs between
/// them. A large one is read only if it is urgent; who wanted it before gets it then.
#pragma once

#include "glib_pointers.hpp"
#include "host.hpp"
#include "timer.hpp"

#include <neural_style/error.hpp>

#include <filesystem>
#include <functional>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <memory>
#include <vector>

namespace neural_style::plugin {

struct SmallPicture {
    GObjectPointer<GdkPixbuf> pixels; ///< upright, with alpha if it is not seen everywhere; the longest side
                                      ///< at most the requested one
    int width = 0;                    ///< of all that is seen of the file's picture, upright
    int height = 0;
};

/// For the main thread. Unfinished reads are dropped without a call when it is destroyed.
class PictureReader {
  public:
    using Callback = std::function<void(const Result<SmallPicture>&)>;

    struct Options {
        /// For pictures of at most `cached_longest` pixels, under names that change with the file. Empty: no
        /// cache.
        std::filesystem::path cache = {};
        /// The folder of paintings that are known to be good.
        std::filesystem::path bundled = {};
        /// Reads any other file, as `Host::style_file`.
        std::function<Result<StylePicture>(const std::filesystem::path& file, int longest)> read_file;
    };

    explicit PictureReader(Options options);
    ~PictureReader();
    PictureReader(const PictureReader&) = delete;
    PictureReader& operator=(const PictureReader&) = delete;

    /// Never enlarges. In the order of the calls, but `urgent` ones first. The callback is called later, on
    /// the main context.
    void read(const std::filesystem::path& file, int longest, Callback done, bool urgent = false);

    static constexpr int cached_longest = 256;

  private:
    struct Shared;
    struct Order;
    static void look(Order& order);
    static void arrive(std::unique_ptr<Order> order);
    void read_next();
    void read_by_editor(Order& order);

    Options options_;
    std::shared_ptr<Shared> shared_;
    GThreadPool* pool_ = nullptr;
    std::vector<std::unique_ptr<Order>> waiting_; // for the editor
    std::vector<std::unique_ptr<Order>> large_;   // until someone wants the same file urgently
    Timer pause_;                                 // until the editor reads the next
};

} // namespace neural_style::plugin
