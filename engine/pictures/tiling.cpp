// SPDX-License-Identifier: GPL-3.0-or-later
#include "tiling.hpp"

#include <algorithm>
#include <torch/types.h>

namespace neural_style {

namespace {

// Own lengths are equal except for the last, and windows are equally long: the allocator can reuse the memory
// of the preceding tile, and oneDNN its kernels. They own `owned` pixels from `first` on, a multiple of the
// stride.
std::vector<Span> spans(int length, const TilingOptions& options, int first, int owned) {
    const int wanted = options.side <= 0 ? owned : std::max(options.side, options.stride);
    const int count = (owned + wanted - 1) / wanted;
    const int steps = (owned / count + options.stride - 1) / options.stride;
    const int own_length = count == 1 ? owned : std::max(1, steps) * options.stride;
    const int end_of_seen = length + options.beyond;
    // The last window ends there; all windows get its excess over a multiple of the stride, which an only one
    // has already.
    const int whole_steps = own_length / options.stride * options.stride;
    const int seen_length =
        options.wraps ? own_length + 2 * options.halo
                      : std::min(end_of_seen, whole_steps + 2 * options.halo + end_of_seen % options.stride);
    std::vector<Span> spans;
    for (int own = first; own < first + owned;) {
        // A remainder too short for a position of the deepest layer goes to the preceding tile.
        const int left = first + owned - (own + own_length);
        const int end = left < options.stride ? first + owned : own + own_length;
        Span span{
            .own = own, .own_length = end - own, .seen = own - options.halo, .seen_length = seen_length};
        if (options.wraps)
            span.seen_length = std::max(seen_length, span.own_length + 2 * options.halo);
        else
            span.seen = std::clamp(span.seen, 0, end_of_seen - seen_length);
        spans.push_back(span);
        own = end;
    }
    return spans;
}

// A piece of a line that goes on beyond the border: its place in the picture, and in the window.
struct Piece {
    int in_picture, in_window, length;
    bool mirrored = false;

    torch::Tensor of_picture(const torch::Tensor& picture, int dimension) const {
        const auto piece = picture.narrow(dimension, in_picture, length);
        return mirrored ? piece.flip(dimension) : piece;
    }
};

std::vector<Piece> pieces(const Span& span, int length, bool wraps) {
    std::vector<Piece> pieces;
    for (int done = 0; done < span.seen_length;) {
        const int left = span.seen_length - done;
        if (const int beyond = span.seen + done - length; beyond >= 0 && !wraps) {
            pieces.push_back({length - 1 - beyond - left, done, left, /*mirrored=*/true});
            break;
        }
        const int at = ((span.seen + done) % length + length) % length;
        const int here = std::min(length - at, left);
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

Tiling::Tiling(int width, int height, TilingOptions options)
    : width_(width), height_(height), wraps_(options.wraps) {
    const int rows = options.own_count > 0 ? options.own_count : height;
    for (const auto& down : spans(height, options, options.first_own, rows))
        for (const auto& across : spans(width, options, 0, width))
            tiles_.push_back({across, down});
}

int Tiling::widest() const {
    return std::ranges::max(tiles_, {}, [](const Tile& t) { return t.across.seen_length; })
        .across.seen_length;
}

int Tiling::highest() const {
    return std::ranges::max(tiles_, {}, [](const Tile& t) { return t.down.seen_length; }).down.seen_length;
}

bool Tiling::is_picture() const {
    const auto& first = tiles_.front();
    return tiles_.size() == 1 && first.across.seen_length == width_ && first.down.seen_length == height_;
}

torch::Tensor Tiling::window(const torch::Tensor& picture, const Tile& tile) const {
    const auto across = pieces(tile.across, width_, wraps_);
    const auto down = pieces(tile.down, height_, wraps_);
    std::vector<torch::Tensor> bands;
    for (const auto& d : down) {
        const auto rows = d.of_picture(picture, 2);
        std::vector<torch::Tensor> parts;
        for (const auto& a : across)
            parts.push_back(a.of_picture(rows, 3));
        bands.push_back(parts.size() == 1 ? parts.front() : torch::cat(parts, 3));
    }
    return bands.size() == 1 ? bands.front() : torch::cat(bands, 2);
}

void Tiling::add(torch::Tensor& gradient, const Tile& tile, const torch::Tensor& window_gradient) const {
    for (const auto& d : pieces(tile.down, height_, wraps_))
        for (const auto& a : pieces(tile.across, width_, wraps_)) {
            auto piece = window_gradient.narrow(2, d.in_window, d.length).narrow(3, a.in_window, a.length);
            if (d.mirrored)
                piece = piece.flip(2);
            if (a.mirrored)
                piece = piece.flip(3);
            gradient.narrow(2, d.in_picture, d.length).narrow(3, a.in_picture, a.length).add_(piece);
        }
}

} // namespace neural_style
