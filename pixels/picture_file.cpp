// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture_file.hpp"

#include "gegl_warnings.hpp"
#include "orientation.hpp"
#include "translation.hpp"

#include <gexiv2/gexiv2.h>
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

/// EXIF orientation, 1 when there is none. A file whose metadata cannot be read is upright.
int orientation_of(const std::filesystem::path& path) {
    GObjectPointer<GExiv2Metadata> metadata(gexiv2_metadata_new());
    if (!gexiv2_metadata_open_path(metadata.get(), path.c_str(), nullptr))
        return 1;
    return gexiv2_metadata_try_get_orientation(metadata.get(), nullptr);
}

/// The space of an ICC profile; nullptr when babl cannot use it.
const Babl* space_of(const std::vector<std::byte>& profile) {
    const char* error = nullptr;
    return babl_space_from_icc(reinterpret_cast<const char*>(profile.data()), int(profile.size()),
                               BABL_ICC_INTENT_RELATIVE_COLORIMETRIC, &error);
}

std::unexpected<Error> unreadable(const std::filesystem::path& path) {
    return failure(
        ErrorCode::bad_picture,
        sentence(_("{} is damaged or cut off: copy it again, or open it in GIMP and export it anew."),
                 path.string()));
}

} // namespace

Result<Picture> load_picture(const std::filesystem::path& path) try {
    const auto facts = check_picture(path);
    if (!facts)
        return std::unexpected(facts.error());
    const GeglWarnings warnings;
    GObjectPointer<GeglNode> graph(gegl_node_new());
    GeglNode* load =
        gegl_node_new_child(graph.get(), "operation", loader_of(facts->kind), "path", path.c_str(), nullptr);
    const GeglRectangle size = gegl_node_get_bounding_box(load);
    if (!warnings.text().empty() || size.width <= 0 || size.height <= 0 ||
        (facts->width && (size.width != facts->width || size.height != facts->height)))
        return unreadable(path);
    if (auto error = check_size(path, size.width, size.height))
        return std::unexpected(*error);
    GeglBuffer* loaded = nullptr;
    GeglNode* sink =
        gegl_node_new_child(graph.get(), "operation", "gegl:buffer-sink", "buffer", &loaded, nullptr);
    if (const Babl* space = facts->profile.empty() ? nullptr : space_of(facts->profile)) {
        GeglNode* cast =
            gegl_node_new_child(graph.get(), "operation", "gegl:cast-space", "pointer", space, nullptr);
        gegl_node_link_many(load, cast, sink, nullptr);
    } else {
        gegl_node_link(load, sink);
    }
    gegl_node_process(sink);
    GObjectPointer<GeglBuffer> buffer(loaded);
    if (!buffer || !warnings.text().empty())
        return unreadable(path);
    const int orientation = orientation_of(path);
    const GeglRectangle extent = *gegl_buffer_get_extent(buffer.get());
    if (orientation > 1 || extent.x != 0 || extent.y != 0)
        buffer = turned_upright(buffer.get(), orientation);
    return Picture{facts->kind, std::move(buffer)};
} catch (const std::bad_alloc&) {
    return failure(
        ErrorCode::out_of_memory,
        sentence(_("There is not enough memory to read {}: close other programs or use a smaller picture."),
                 path.string()));
}

} // namespace neural_style
