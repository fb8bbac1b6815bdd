// SPDX-License-Identifier: GPL-3.0-or-later
#include "tiling.hpp"

#include <algorithm>
#include <torch/types.h>

namespace neural_style {

namespace {

// Own lengths are equal except for the last, and windows are equally long: the allocator can reuse the memory
// of the preceding tile, and oneDNN its kernels.
std::vector<Span> spans(int length, const TilingOptions& options) {
    const int wanted = options.side <= 0 ? length : std::max(options.side, options.stride);
    const int count = (length + wanted - 1) / wanted;
    const int steps = (length / count + options.stride - 1) / options.stride;
    const int own_length = count == 1 ? length : std::max(1, steps) * options.stride;
    // The last window ends at the border; all windows get its excess over a multiple of the stride.
    const int seen_length = options.wraps
                                ? own_length + 2 * options.halo
                                : std::min(length, own_length + 2 * options.halo + length % options.stride);
    std::vector<Span> spans;
    for (int own = 0; own < length;) {
        // A remainder too short for a position of the deepest layer goes to the preceding tile.
        const int end = length - (own + own_length) < options.stride ? length : own + own_length;
        Span span{
            .own = own, .own_length = end - own, .seen = own - options.halo, .seen_length = seen_length};
        if (options.wraps)
            span.seen_length = std::max(seen_length, span.own_length + 2 * options.halo);
        else
            span.seen = std::clamp(span.seen, 0, length - seen_length);
        spans.push_back(span);
        own = end;
    }
    return spans;
}

// A piece of a line that wraps around: its place in the picture, and in the window.
struct Piece {
    int in_picture, in_window, length;
};

std::vector<Piece> pieces(const Span& span, int length) {
    std::vector<Piece> pieces;
    for (int done = 0; done < span.seen_length;) {
        const int at = ((span.seen + done) % length + length) % length;
        const int here = std::min(length - at, span.seen_length - done);
        pieces.push_back({at, done, here});
        done += here;
    }
    return pieces;
}

} // namespace

torch::Tensor own_of_window(const torch::Tensor& of_window, const Tile& tile, int stride) {
    // Layers without padding have a few positions less at the picture's end.
    const auto own = [stride](const torch::Tensor& window, int dimension, const Span& span) {
        const std::int64_t from = span.own_in_window() / stride,
                           length = std::min<std::int64_t>(span.own_length / stride,
                                                           window.size(dimension) - from);
        return length == window.size(dimension) ? window : window.narrow(dimension, from, length);
    };
    return own(own(of_window, -2, tile.down), -1, tile.across);
}

Tiling::Tiling(int width, int height, TilingOptions options) : width_(width), height_(height) {
    for (const auto& down : spans(height, options))
        for (const auto& across : spans(width, options))
            tiles_.push_back({across, down});
}

int Tiling::widest() const {
    return std::ranges::max(tiles_, {}, [](const Tile& t) { return t.across.seen_length; })
        .across.seen_length;
}

int Tiling::highest() const {
    return std::ranges::max(tiles_, {}, [](const Tile& t) { return t.down.seen_length; }).down.seen_length;
}

torch::Tensor Tiling::window(const torch::Tensor& picture, const Tile& tile) const {
    const auto across = pieces(tile.across, width_);
    const auto down = pieces(tile.down, height_);
    std::vector<torch::Tensor> bands;
    for (const auto& d : down) {
        const auto rows = picture.narrow(2, d.in_picture, d.length);
        std::vector<torch::Tensor> parts;
        for (const auto& a : across)
            parts.push_back(rows.narrow(3, a.in_picture, a.length));
        bands.push_back(parts.size() == 1 ? parts.front() : torch::cat(parts, 3));
    }
    return bands.size() == 1 ? bands.front() : torch::cat(bands, 2);
}

void Tiling::add(torch::Tensor& gradient, const Tile& tile, const torch::Tensor& window_gradient) const {
    for (const auto& d : pieces(tile.down, height_))
        for (const auto& a : pieces(tile.across, width_))
            gradient.narrow(2, d.in_picture, d.length)
                .narrow(3, a.in_picture, a.length)
                .add_(window_gradient.narrow(2, d.in_window, d.length).narrow(3, a.in_window, a.length));
}

} // namespace neural_style
