// SPDX-License-Identifier: GPL-3.0-or-later
#include "style_parts.hpp"

#include "picture_window.hpp"
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

} // namespace

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

std::vector<torch::Tensor> style_parts(const torch::Tensor& picture, Size size, int stride, double most) {
    const Size own{width_of(picture), height_of(picture)};
    if (size.pixels() <= most)
        return {resized(picture, size.width, size.height)};
    std::vector<torch::Tensor> parts;
    for (const auto& part : samples(size, stride, most)) {
        const auto [left, across] = shown(part.across, own.width, size.width);
        const auto [top, down] = shown(part.down, own.height, size.height);
        parts.push_back(resized(picture.narrow(2, top, down).narrow(3, left, across), part.across.seen_length,
                                part.down.seen_length));
    }
    return parts;
}

} // namespace neural_style
