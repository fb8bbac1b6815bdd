// SPDX-License-Identifier: GPL-3.0-or-later
/// The strip of a picture's rows that one of several processes paints, with the rows around it that it sees.
///
///     const auto strip = *Strip::of(height, {.stride = 16, .halo = 64}, ranks.rank(), ranks.count());
///     auto kept = picture.narrow(2, strip.top, strip.rows).contiguous();
///     fill_halo(kept, strip, ranks);              // rows around the own ones, from the neighbours
///     add_halo(gradient, strip, ranks);           // and back: what was found there is the neighbours'
#pragma once

#include <neural_style/ranks.hpp>

#include <functional>
#include <optional>
#include <torch/types.h>

namespace neural_style {

/// All in rows of the whole picture.
struct Strip {
    int first = 0, count = 0; ///< its own
    int top = 0, rows = 0;    ///< with those around them, within the picture
    int height = 0;           ///< of the whole picture

    int own_in_kept() const { return first - top; }
    int halo_below() const { return top + rows - first - count; }

    struct Cut {
        int stride = 1; ///< own rows begin at multiples of it
        int halo = 0;   ///< rows seen around them, a multiple of `stride`
    };
    /// Of that rank; nothing if the picture is too low for so many: a halo reaches only the next strips.
    static std::optional<Strip> of(int height, const Cut& cut, int rank, int count);
};

/// Sets the rows of `kept` [1, channels, strip.rows, width], float32 and contiguous, that are not its own to
/// what their owners have.
void fill_halo(torch::Tensor& kept, const Strip& strip, Ranks& ranks);
/// Adds the rows of `gradient` that are not its own to those of their owners, and sets them to 0.
void add_halo(torch::Tensor& gradient, const Strip& strip, Ranks& ranks);
/// Of everybody's values.
double sum_of(double own, Ranks& ranks);
/// Rows [1, channels, count, width] of a picture, from `first` on.
using RowSource = std::function<torch::Tensor(int first, int count)>;
using RowSink = std::function<void(int first, const torch::Tensor& rows)>;

/// Everybody's own rows arrive at rank 0's sink, a few at a time, from the first to the last.
void collect(const torch::Tensor& kept, const Strip& strip, const Strip::Cut& cut, Ranks& ranks,
             const RowSink& sink);

enum class Kernel {
    bicubic, ///< as `resized`, without its limits
    bilinear ///< as torch::upsample_bilinear2d, for enlarging
};
/// Rows `first` to `first + count` of a picture of `from_height` rows resized to [to_height, to_width]; only
/// the rows needed for them are asked for, a few at a time. On the CPU; the same bits whichever rows are
/// wanted, since the least difference would let paintings diverge.
torch::Tensor resized_rows(const RowSource& rows, int from_height, int to_height, int to_width, int first,
                           int count, Kernel kernel = Kernel::bicubic);
/// All rows of a picture; itself if it has that size.
torch::Tensor resized_by_rows(const torch::Tensor& picture, int width, int height,
                              Kernel kernel = Kernel::bicubic);

} // namespace neural_style
