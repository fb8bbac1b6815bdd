// SPDX-License-Identifier: GPL-3.0-or-later
#include "visible_part.hpp"

#include "hidden_colors.hpp"
#include "picture_file.hpp"
#include "translation.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace neural_style {
namespace {

struct Bounds {
    int left, top, right, bottom; ///< the last two: one further
};

Bounds visible_bounds(const Samples& alpha, bool& opaque) {
    Bounds bounds{alpha.width, alpha.height, 0, 0};
    std::vector<float> row(std::size_t(alpha.width));
    const SamplesView values(alpha);
    for (int y = 0; y < alpha.height; ++y) {
        values.read(std::size_t(y) * row.size(), row.size(), row.data());
        for (int x = 0; x < alpha.width; ++x) {
            const float value = row[std::size_t(x)];
            opaque = opaque && value >= 1;
            if (!(value >= hidden_alpha)) // negated, so that a NaN hides too
                continue;
            bounds = {std::min(bounds.left, x), std::min(bounds.top, y), std::max(bounds.right, x + 1),
                      y + 1};
        }
    }
    return bounds;
}

Samples cut_out(const Samples& from, const Bounds& bounds) {
    Samples to{.sample = from.sample,
               .width = bounds.right - bounds.left,
               .height = bounds.bottom - bounds.top,
               .channels = from.channels};
    const std::size_t pixel = std::size_t(from.channels) * sample_bytes(from.sample);
    to.bytes.reserve(std::size_t(to.width) * to.height * pixel);
    for (int y = bounds.top; y < bounds.bottom; ++y) {
        const auto begin = from.bytes.begin() +
                           std::ptrdiff_t((std::size_t(y) * from.width + std::size_t(bounds.left)) * pixel);
        to.bytes.insert(to.bytes.end(), begin, begin + std::ptrdiff_t(std::size_t(to.width) * pixel));
    }
    return to;
}

} // namespace

BufferSamples visible_part(BufferSamples pixels) {
    if (pixels.alpha.empty())
        return pixels;
    bool opaque = true;
    const auto bounds = visible_bounds(pixels.alpha, opaque);
    if (bounds.right <= bounds.left)
        return {};
    if (opaque)
        return {.image = std::move(pixels.image), .alpha = {}};
    if (bounds.right - bounds.left < pixels.image.width || bounds.bottom - bounds.top < pixels.image.height) {
        pixels.image = cut_out(pixels.image, bounds);
        return visible_part({.image = std::move(pixels.image), .alpha = cut_out(pixels.alpha, bounds)});
    }
    return pixels;
}

Result<BufferSamples> load_visible_part(ReaderProcess& reader, const std::filesystem::path& path,
                                        std::uint64_t enough_pixels, std::vector<std::string>& notes) {
    auto file = load_picture(reader, path, {.enough_pixels = enough_pixels});
    if (!file)
        return std::unexpected(file.error());
    notes.insert(notes.end(), file->notes.begin(), file->notes.end());
    auto pixels = read_samples(file->buffer.get(), *gegl_buffer_get_extent(file->buffer.get()));
    if (!pixels)
        return std::unexpected(pixels.error());
    file->buffer.reset();
    auto seen = visible_part(*std::move(pixels));
    if (seen.image.empty())
        return failure(ErrorCode::bad_picture,
                       sentence(_("There is nothing to be seen in “{}”: choose another picture."),
                                path.filename().string()));
    return seen;
}

} // namespace neural_style
