// SPDX-License-Identifier: GPL-3.0-or-later
#include "style_parts.hpp"

#include "picture_window.hpp"
#include "regions.hpp"
#include "tensor.hpp"

#include <algorithm>
#include <cmath>

namespace neural_style {

namespace {

// Pixels of the picture along one dimension that show `span` of its enlargement from `length` to `enlarged`
// pixels.
std::pair<std::int64_t, std::int64_t> shown(const Span& span, int length, int enlarged) {
    const double pixel = double(length) / enlarged;
    const auto first = std::clamp<std::int64_t>(std::llround(span.seen * pixel), 0, length - 1);
    const auto end = std::llround((span.seen + span.seen_length) * pixel);
    return {first, std::clamp<std::int64_t>(end - first, 1, length - first)};
}

// Of a pixel that is not seen. Sums of weights then are never 0, and of hidden pixels there can be a thousand
// times as many as of seen ones before they count for a thousandth.
constexpr double least_alpha = 1e-6;

} // namespace

SeenStyle seen_style(ImageView picture, MaskView alpha, torch::Device device) {
    return {to_tensor(picture, device), alpha.empty() ? torch::Tensor() : to_tensor(alpha, device)};
}

SeenStyle resized(const SeenStyle& style, Size size) {
    SeenStyle result{.picture = resized(style.picture, size.width, size.height)};
    if (style.alpha.defined())
        result.alpha = resized(style.alpha, size.width, size.height);
    return result;
}

torch::Tensor seen_positions(const SeenStyle& style, const Tile& tile, int stride, const torch::Tensor& own) {
    if (!style.alpha.defined())
        return {};
    const auto pixels = style.alpha.squeeze(0)
                            .squeeze(0)
                            .narrow(0, tile.down.own, tile.down.own_length)
                            .narrow(1, tile.across.own, tile.across.own_length);
    return at_stride(pixels, stride)
        .narrow(0, 0, own.size(2))
        .narrow(1, 0, own.size(3))
        .clamp_min(least_alpha)
        .contiguous();
}

Size style_size(Size style, Size content, double stroke_size, int least) {
    const double factor = stroke_size / 100 * std::sqrt(content.pixels() / style.pixels());
    const double enough = std::max(factor, double(least) / std::min(style.width, style.height));
    return {.width = std::max(least, int(std::lround(style.width * enough))),
            .height = std::max(least, int(std::lround(style.height * enough)))};
}

Size largest_part(Size size, int stride, double most) {
    if (size.pixels() <= most)
        return size;
    Size largest;
    for (const auto& part : samples(size, stride, most)) {
        largest.width = std::max(largest.width, part.across.seen_length);
        largest.height = std::max(largest.height, part.down.seen_length);
    }
    return largest;
}

double looked_at_pixels(Size own, Size size) {
    return std::min(size.pixels(), std::max(most_enlarged_pixels, own.pixels()));
}

std::vector<SeenStyle> style_parts(const SeenStyle& style, Size size, int stride, double most) {
    const Size own{width_of(style.picture), height_of(style.picture)};
    if (size.pixels() <= most)
        return {resized(style, size)};
    std::vector<SeenStyle> parts;
    for (const auto& part : samples(size, stride, most)) {
        const auto [left, across] = shown(part.across, own.width, size.width);
        const auto [top, down] = shown(part.down, own.height, size.height);
        const auto shown_of = [&, left = left, across = across, top = top,
                               down = down](const torch::Tensor& whole) {
            return whole.defined() ? whole.narrow(2, top, down).narrow(3, left, across) : whole;
        };
        parts.push_back(resized({shown_of(style.picture), shown_of(style.alpha)},
                                {part.across.seen_length, part.down.seen_length}));
    }
    return parts;
}

} // namespace neural_style
