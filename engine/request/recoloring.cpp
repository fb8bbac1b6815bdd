// SPDX-License-Identifier: GPL-3.0-or-later
#include "recoloring.hpp"

#include "color.hpp"
#include "device.hpp"
#include "memory_size.hpp"
#include "palettes.hpp"
#include "tensor.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <torch/types.h>

namespace neural_style {

namespace {

std::uint64_t memory_needed(const Request& request, Size size) {
    const Size given{request.content.width(), request.content.height()};
    // The caller's and the engine's copies, the recoloured picture, and the result.
    std::uint64_t bytes = program_bytes + request.content.picture_bytes() + picture_bytes(given.pixels()) +
                          2 * picture_bytes(size.pixels());
    if (size.width != given.width || size.height != given.height)
        bytes += picture_bytes(size.pixels());
    if (request.protect.width > 0) // blended with another picture
        bytes += (2 * picture_bytes(given.pixels()) + 4 * picture_bytes(size.pixels())) / 3;
    for (const auto& style : request.styles)
        if (!style.region.empty()) // the region, its weights and the sums of all
            bytes += (picture_bytes(given.pixels()) + 4 * picture_bytes(size.pixels())) / 3;
    for (const auto& style : request.styles)
        bytes += (style.alpha.width > 0 ? 3 : 2) *
                 picture_bytes(Size{style.picture.width, style.picture.height}.pixels());
    return bytes + bytes / 16;
}

/// Tensors end at 0 and 1. What the content has beyond is put back onto the recoloured value, so that
/// highlights stay as far above white, and what does not change is the content to the last bit. Not after
/// resizing.
Image with_excess(const Request& request, Image painting) {
    const float* const content = request.content.floats();
    if (!content || painting.width() != request.content.width() ||
        painting.height() != request.content.height())
        return painting;
    const auto values = painting.span();
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] += content[i] - std::clamp(content[i], 0.0f, 1.0f);
    return painting;
}

} // namespace

Image recolored(const Request& request, Size size, torch::Device device, std::uint64_t limit,
                const std::stop_token& stop) {
    if (const auto needed = memory_needed(request, size); needed > limit)
        throw over_limit(needed, limit);
    const auto content = resized(to_tensor(request.content, device), size.width, size.height);
    const auto painting = with_palettes(content, palettes_of(request, content), stop);
    if (request.protect.empty())
        return with_excess(request, to_image(painting));
    return with_excess(
        request, to_image(torch::lerp(painting, content,
                                      resized(to_tensor(request.protect, device), size.width, size.height))));
}

Estimate recoloring_estimate(const Request& request, Size size, torch::Device device) {
    constexpr int side = 512;
    const auto sample = noise({side, side}, 0).to(device);
    double best = 0;
    for (int i = 0; i < 3; ++i) {
        const auto start = std::chrono::steady_clock::now();
        with_palette(sample, palette_map(sample, {{.picture = sample.flip(2)}}));
        synchronize(device);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        best = i == 0 ? took.count() : std::min(best, took.count());
    }
    return {.memory_needed = memory_needed(request, size),
            .time_needed = best * std::max(1.0, size.pixels() / (double(side) * side)),
            .tiles = 1};
}

} // namespace neural_style
