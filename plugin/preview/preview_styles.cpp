// SPDX-License-Identifier: GPL-3.0-or-later
#include "preview_styles.hpp"

#include "style_catalog.hpp"

#include <cstddef>
#include <cstring>
#include <system_error>
#include <utility>
#include <variant>

namespace neural_style::plugin {
namespace {

/// Longest side of a style in a preview: more than its strokes need for a content of 512 pixels.
constexpr int style_longest = 800;

/// Some of the pixels' channels as samples to send.
SharedPicture packed(GdkPixbuf* pixels, int first, int count) {
    const int width = gdk_pixbuf_get_width(pixels), height = gdk_pixbuf_get_height(pixels);
    const int channels = gdk_pixbuf_get_n_channels(pixels), stride = gdk_pixbuf_get_rowstride(pixels);
    const guint8* from = gdk_pixbuf_read_pixels(pixels);
    protocol::Picture picture{
        .sample = protocol::Sample::u8, .width = width, .height = height, .channels = count, .bytes = {}};
    picture.bytes.resize(std::size_t(width) * std::size_t(height) * std::size_t(count));
    auto* to = reinterpret_cast<guint8*>(picture.bytes.data());
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x, to += count)
            std::memcpy(to, from + std::size_t(y) * stride + std::size_t(x) * channels + first, count);
    return std::make_shared<const protocol::NamedPicture>(std::move(picture));
}

} // namespace

PreviewStyles::PreviewStyles(std::filesystem::path styles_folder, PictureReader& reader, ReadLayer read_layer,
                             std::function<void()> arrived)
    : styles_folder_(std::move(styles_folder)), reader_(reader), read_layer_(std::move(read_layer)),
      arrived_(std::move(arrived)) {}

Result<const PreviewStyles::Style*> PreviewStyles::style(const StyleChoice& choice) {
    if (const auto* name = std::get_if<StyleName>(&choice)) {
        const auto bundled = bundled_style(name->name, styles_folder_);
        if (!bundled)
            return std::unexpected(bundled.error());
        return file(bundled->file);
    }
    if (const auto* chosen = std::get_if<StyleFile>(&choice))
        return file(chosen->path);
    const int id = std::get<StyleLayer>(choice).id;
    const auto known = layers_.find(id);
    if (known != layers_.end())
        return &known->second;
    auto layer = read_layer_(id, style_longest);
    if (!layer)
        return std::unexpected(layer.error());
    return &layers_.emplace(id, *std::move(layer)).first->second;
}

void PreviewStyles::forget_layers() {
    layers_.clear();
}

PreviewStyles::Stamp PreviewStyles::stamp_of(const std::filesystem::path& path) {
    std::error_code gone; // reading reports the error
    return {std::filesystem::last_write_time(path, gone), std::filesystem::file_size(path, gone)};
}

Result<const PreviewStyles::Style*> PreviewStyles::file(const std::filesystem::path& path) {
    const auto key = path.string();
    const auto stamp = stamp_of(path);
    if (const auto found = read_.find(key); found != read_.end() && found->second.stamp == stamp) {
        if (found->second.style)
            return &*found->second.style;
        const auto error = std::move(found->second.style.error());
        read_.erase(found);
        return std::unexpected(error);
    }
    if (under_way_.insert(key).second)
        reader_.read(path, style_longest,
                     lifetime_.bound([this, key, stamp](const Result<SmallPicture>& picture) {
                         under_way_.erase(key);
                         auto style = picture.transform([](const SmallPicture& small) {
                             GdkPixbuf* pixels = small.pixels.get();
                             return Style{.picture = packed(pixels, 0, picture_channels),
                                          .width = small.width,
                                          .height = small.height,
                                          .alpha = gdk_pixbuf_get_has_alpha(pixels)
                                                       ? packed(pixels, picture_channels, mask_channels)
                                                       : nullptr};
                         });
                         read_.insert_or_assign(key, Read{.style = std::move(style), .stamp = stamp});
                         arrived_();
                     }),
                     /*urgent=*/true);
    return nullptr;
}

} // namespace neural_style::plugin
