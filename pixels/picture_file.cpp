// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture_file.hpp"

#include "gegl_warnings.hpp"
#include "orientation.hpp"

#include <exiv2/exiv2.hpp>
#include <new>
#include <string>

namespace neural_style {
namespace {

const char* loader_of(PictureKind kind) {
    switch (kind) {
    case PictureKind::png:
        return "gegl:png-load";
    case PictureKind::jpeg:
        return "gegl:jpg-load";
    case PictureKind::tiff:
        return "gegl:tiff-load";
    case PictureKind::webp:
        return "gegl:webp-load";
    case PictureKind::exr:
        return "gegl:exr-load";
    }
    return "gegl:nop";
}

/// Exiv2 prints whatever it finds odd in a camera's metadata.
class QuietExiv2 {
  public:
    QuietExiv2() : level_(Exiv2::LogMsg::level()) { Exiv2::LogMsg::setLevel(Exiv2::LogMsg::mute); }
    QuietExiv2(const QuietExiv2&) = delete;
    QuietExiv2& operator=(const QuietExiv2&) = delete;
    ~QuietExiv2() { Exiv2::LogMsg::setLevel(level_); }

  private:
    Exiv2::LogMsg::Level level_;
};

/// EXIF orientation, 1 if there is none. A file with unreadable metadata is upright.
int orientation_of(const std::filesystem::path& path) try {
    const QuietExiv2 quiet;
    const auto image = Exiv2::ImageFactory::open(path.string());
    image->readMetadata();
    const auto tag = image->exifData().findKey(Exiv2::ExifKey("Exif.Image.Orientation"));
    return tag == image->exifData().end() || tag->count() == 0 ? 1 : int(tag->toInt64());
} catch (const Exiv2::Error&) {
    return 1;
}

/// The space of an ICC profile; nullptr if babl cannot use it.
const Babl* space_of(const std::vector<std::byte>& profile) {
    const char* error = nullptr;
    return babl_space_from_icc(reinterpret_cast<const char*>(profile.data()), int(profile.size()),
                               BABL_ICC_INTENT_RELATIVE_COLORIMETRIC, &error);
}

} // namespace

Result<Picture> load_picture(const std::filesystem::path& path) try {
    auto facts = check_picture(path);
    if (!facts)
        return std::unexpected(facts.error());
    const GeglWarnings warnings;
    GObjectPointer<GeglNode> graph(gegl_node_new());
    GeglNode* load =
        gegl_node_new_child(graph.get(), "operation", loader_of(facts->kind), "path", path.c_str(), nullptr);
    const GeglRectangle size = gegl_node_get_bounding_box(load);
    if (!warnings.text().empty() || size.width <= 0 || size.height <= 0 ||
        (facts->width && (size.width != facts->width || size.height != facts->height)))
        return std::unexpected(damaged_picture(path));
    if (auto error = check_size(path, size.width, size.height))
        return std::unexpected(*error);
    GeglBuffer* loaded = nullptr;
    GeglNode* sink =
        gegl_node_new_child(graph.get(), "operation", "gegl:buffer-sink", "buffer", &loaded, nullptr);
    // GEGL's loader ignores a WebP's profile.
    const bool ignored = facts->kind == PictureKind::webp && !facts->profile.empty();
    if (const Babl* space = ignored ? space_of(facts->profile) : nullptr) {
        GeglNode* cast =
            gegl_node_new_child(graph.get(), "operation", "gegl:cast-space", "pointer", space, nullptr);
        gegl_node_link_many(load, cast, sink, nullptr);
    } else {
        gegl_node_link(load, sink);
    }
    gegl_node_process(sink);
    GObjectPointer<GeglBuffer> buffer(loaded);
    if (!buffer || !warnings.text().empty())
        return std::unexpected(damaged_picture(path));
    const int orientation = orientation_of(path);
    const GeglRectangle extent = *gegl_buffer_get_extent(buffer.get());
    if (orientation > 1 || extent.x != 0 || extent.y != 0)
        buffer = turned_upright(buffer.get(), orientation);
    return Picture{facts->kind, std::move(buffer), std::move(facts->profile)};
} catch (const std::bad_alloc&) {
    return std::unexpected(no_memory_for(path));
}

} // namespace neural_style
