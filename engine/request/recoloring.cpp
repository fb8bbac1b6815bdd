// SPDX-License-Identifier: GPL-3.0-or-later
#include "recoloring.hpp"

#include "color.hpp"
#include "device.hpp"
#include "memory_size.hpp"
#include "tensor.hpp"

#include <algorithm>
#include <chrono>
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
        bytes += 2 * picture_bytes(Size{style.picture.width, style.picture.height}.pixels());
    return bytes + bytes / 16;
}

} // namespace

PaletteMap palette_of(const Request& request, const torch::Tensor& content) {
    const auto& settings = request.settings;
    std::vector<PaletteSource> styles;
    for (std::size_t i = 0; i < request.styles.size(); ++i)
        styles.push_back({.picture = to_tensor(request.styles[i].picture, content.device()),
                          .share = settings.blend.empty() ? 1 : settings.blend[i]});
    return palette_map(content, styles, settings.strength);
}

Image recolored(const Request& request, Size size, torch::Device device, std::uint64_t limit,
                const std::stop_token& stop) {
    if (const auto needed = memory_needed(request, size); needed > limit)
        throw over_limit(needed, limit);
    const auto content = resized(to_tensor(request.content, device), size.width, size.height);
    const auto painting = with_palette(content, palette_of(request, content), stop);
    if (request.protect.empty())
        return to_image(painting);
    return to_image(
        torch::lerp(painting, content, resized(to_tensor(request.protect, device), size.width, size.height)));
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
