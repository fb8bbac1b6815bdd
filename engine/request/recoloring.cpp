// SPDX-License-Identifier: GPL-3.0-or-later
#include "recoloring.hpp"

#include "bands.hpp"
#include "color.hpp"
#include "device.hpp"
#include "memory_size.hpp"
#include "tensor.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <torch/types.h>
#include <utility>
#include <vector>

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
        bytes += 2 * picture_bytes(Size{style.picture.width, style.picture.height}.pixels());
    return bytes + bytes / 16;
}

/// A map of colours and where it counts.
struct Part {
    PaletteMap map;
    torch::Tensor weights; ///< [1, 1, height, width], 0..1
};

/// A sample of the content's pixels where a part counts most, as a picture of one row; of all if there are
/// too few.
torch::Tensor pixels_under(const torch::Tensor& weights, const torch::Tensor& content) {
    constexpr double enough = 512.0 * 512;
    constexpr std::int64_t too_few = 16;
    const double pixels = double(content.size(2)) * double(content.size(3));
    const auto step = std::max<std::int64_t>(1, std::llround(std::sqrt(pixels / enough)));
    const auto sampled = [&](const torch::Tensor& picture) {
        return picture.slice(2, 0, picture.size(2), step).slice(3, 0, picture.size(3), step).flatten(2);
    };
    const auto places = (sampled(weights) > 0.5).flatten().nonzero().flatten();
    const auto colors = sampled(content);
    return (places.size(0) < too_few ? colors : colors.index_select(2, places)).unsqueeze(2);
}

/// Each region has the palette of its style, overlapping ones by their shares. What they leave has the
/// palette of the styles without a region.
std::vector<Part> parts_of(const Request& request, const torch::Tensor& content) {
    const auto& settings = request.settings;
    const auto share = [&](std::size_t i) { return settings.blend.empty() ? 1.0 : settings.blend[i]; };
    std::vector<PaletteSource> elsewhere;
    std::vector<std::pair<std::size_t, torch::Tensor>> regions;
    torch::Tensor covered, shared;
    for (std::size_t i = 0; i < request.styles.size(); ++i) {
        const auto& style = request.styles[i];
        if (style.region.empty()) {
            elsewhere.push_back({.picture = to_tensor(style.picture, content.device()), .share = share(i)});
            continue;
        }
        const auto region =
            resized(to_tensor(style.region, content.device()), int(content.size(3)), int(content.size(2)));
        covered = covered.defined() ? covered + region : region;
        shared = shared.defined() ? shared + share(i) * region : share(i) * region;
        regions.emplace_back(i, region);
    }
    constexpr double no_share = 1e-6;
    std::vector<Part> parts;
    const auto add = [&](const torch::Tensor& weights, const std::vector<PaletteSource>& styles) {
        parts.push_back({palette_map(pixels_under(weights, content), styles, settings.strength), weights});
    };
    for (const auto& [i, region] : regions)
        if (share(i) > 0)
            add(region * share(i) / shared.clamp_min(no_share) * covered.clamp(0, 1),
                {{.picture = to_tensor(request.styles[i].picture, content.device())}});
    if (std::ranges::any_of(elsewhere, [](const auto& style) { return style.share > 0; }))
        add((1 - covered).clamp(0, 1), elsewhere);
    return parts;
}

torch::Tensor with_parts(const torch::Tensor& content, const std::vector<Part>& parts,
                         const std::stop_token& stop) {
    auto painting = content.clone();
    by_bands(content, stop, [&](std::int64_t first, std::int64_t count) {
        const auto from = content.narrow(2, first, count);
        for (const auto& part : parts)
            painting.narrow(2, first, count)
                .add_((part.map(from) - from) * part.weights.narrow(2, first, count));
    });
    return painting;
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
    const bool regions =
        std::ranges::any_of(request.styles, [](const auto& style) { return !style.region.empty(); });
    const auto painting = regions ? with_parts(content, parts_of(request, content), stop)
                                  : with_palette(content, palette_of(request, content), stop);
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
