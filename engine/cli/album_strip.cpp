// SPDX-License-Identifier: GPL-3.0-or-later
#include "album_strip.hpp"

#include "buffer_pixels.hpp"
#include "picture_file.hpp"
#include "scaled_plane.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <vector>

namespace neural_style::cli {
namespace {

// Instant looks at 384 x 384 pixels of a photo first; so many of that size are a megapixel. Chosen.
constexpr std::size_t most_photos = 6;
constexpr double most_pixels = 1e6;

} // namespace

Image album_strip(std::span<const AlbumFile> files, ReaderProcess& reader) {
    struct Chosen {
        std::filesystem::path file;
        double slenderness; // height by width
    };
    std::vector<Chosen> photos;
    double slenderness = 0;
    int width = std::numeric_limits<int>::max();
    const auto count = std::min(files.size(), most_photos);
    for (std::size_t i = 0; i < count; ++i) {
        const auto& file = files[(2 * i + 1) * files.size() / (2 * count)].photo; // middles of parts
        const auto head = reader.read(file);
        if (!head) // told when its turn comes
            continue;
        photos.push_back({file, double(head->height) / head->width});
        slenderness += photos.back().slenderness;
        width = std::min(width, head->width);
    }
    width = std::clamp(int(std::sqrt(most_pixels / std::max(slenderness, 1e-3))), 1, width);
    std::vector<float> strip;
    for (const auto& photo : photos) {
        const PlaneSize size{width, std::max(1, int(std::lround(width * photo.slenderness)))};
        auto file = load_picture(reader, photo.file,
                                 {.enough_pixels = std::uint64_t(size.width) * std::uint64_t(size.height)});
        const auto pixels = file
                                ? read_pixels(file->buffer.get(), *gegl_buffer_get_extent(file->buffer.get()))
                                : std::unexpected(file.error());
        if (!pixels)
            continue;
        const auto& seen = pixels->image;
        const auto small = scaled_pixels(seen.span(), picture_channels, {seen.width(), seen.height()}, size);
        strip.insert(strip.end(), small.begin(), small.end());
    }
    if (strip.empty())
        return {};
    Image result(width, int(strip.size() / (std::size_t(width) * picture_channels)));
    std::ranges::copy(strip, result.data());
    return result;
}

} // namespace neural_style::cli
