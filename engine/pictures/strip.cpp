// SPDX-License-Identifier: GPL-3.0-or-later
#include "strip.hpp"

#include <ATen/Parallel.h>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <torch/types.h>
#include <vector>

namespace neural_style {

namespace {

// Of what is received and resized: little beside a large picture.
constexpr int rows_at_once = 64;

std::span<const float> values_of(const torch::Tensor& t) {
    return {t.const_data_ptr<float>(), std::size_t(t.numel())};
}

std::span<float> room_in(torch::Tensor& t) {
    return {t.data_ptr<float>(), std::size_t(t.numel())};
}

// Sends `sent` to `to` and returns as much from `from` as `shape`; undefined if nobody is there.
torch::Tensor exchanged(const torch::Tensor& sent, int to, const torch::Tensor& shape, int from,
                        Ranks& ranks) {
    const bool has_to = to >= 0 && to < ranks.count(), has_from = from >= 0 && from < ranks.count();
    const auto packed = has_to ? sent.contiguous() : torch::Tensor();
    auto received = has_from ? torch::empty_like(shape, torch::MemoryFormat::Contiguous) : torch::Tensor();
    ranks.exchange(has_to ? values_of(packed) : std::span<const float>(), to,
                   has_from ? room_in(received) : std::span<float>(), from);
    return received;
}

// Halos of all strips reach equally far, except at the picture's end.
struct Sides {
    torch::Tensor above, own_top, own_bottom, below;
};

Sides sides(const torch::Tensor& kept, const Strip& strip) {
    const int above = strip.own_in_kept(), below = strip.halo_below();
    const int halo = std::max(above, below);
    return {.above = kept.narrow(2, 0, above),
            .own_top = kept.narrow(2, above, std::min(halo, strip.count)),
            .own_bottom =
                kept.narrow(2, above + std::max(0, strip.count - halo), std::min(halo, strip.count)),
            .below = kept.narrow(2, above + strip.count, below)};
}

// Keys 1981, with a = -1/2, as for antialiased resizing.
double cubic(double x) {
    constexpr double a = -0.5;
    x = std::abs(x);
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

double linear(double x) {
    return std::max(0.0, 1 - std::abs(x));
}

// Which rows make one, and how much of each: as at::_upsample_bicubic2d_aa.
struct Mix {
    int first = 0;
    std::vector<double> shares;
};

Mix mix_of(int row, int from_height, int to_height, Kernel kernel) {
    const double scale = double(from_height) / to_height, wide = std::max(1.0, scale);
    const double support = (kernel == Kernel::bicubic ? 2 : 1) * wide, center = scale * (row + 0.5);
    Mix mix{.first = std::max(0, int(center - support + 0.5)), .shares = {}};
    const int end = std::min(from_height, int(center + support + 0.5));
    double sum = 0;
    for (int y = mix.first; y < end; ++y) {
        const double x = (y - center + 0.5) / wide;
        mix.shares.push_back(kernel == Kernel::bicubic ? cubic(x) : linear(x));
        sum += mix.shares.back();
    }
    for (auto& share : mix.shares)
        share /= sum;
    return mix;
}

} // namespace

std::optional<Strip> Strip::of(int height, const Cut& cut, int rank, int count) {
    const auto begin = [&](int r) {
        return r == count ? height : int(std::int64_t(height) * r / count) / cut.stride * cut.stride;
    };
    for (int r = 0; r < count; ++r)
        if (begin(r + 1) - begin(r) < std::max(cut.halo, cut.stride))
            return std::nullopt;
    const int first = begin(rank), end = begin(rank + 1);
    const int top = std::max(0, first - cut.halo), bottom = std::min(height, end + cut.halo);
    return Strip{.first = first, .count = end - first, .top = top, .rows = bottom - top, .height = height};
}

void fill_halo(torch::Tensor& kept, const Strip& strip, Ranks& ranks) {
    auto here = sides(kept, strip);
    const int above = ranks.rank() - 1, below = ranks.rank() + 1;
    if (const auto received = exchanged(here.own_bottom, below, here.above, above, ranks); received.defined())
        here.above.copy_(received);
    if (const auto received = exchanged(here.own_top, above, here.below, below, ranks); received.defined())
        here.below.copy_(received);
}

void add_halo(torch::Tensor& gradient, const Strip& strip, Ranks& ranks) {
    auto here = sides(gradient, strip);
    const int above = ranks.rank() - 1, below = ranks.rank() + 1;
    if (const auto received = exchanged(here.below, below, here.own_top, above, ranks); received.defined())
        here.own_top.add_(received);
    if (const auto received = exchanged(here.above, above, here.own_bottom, below, ranks); received.defined())
        here.own_bottom.add_(received);
    here.above.zero_();
    here.below.zero_();
}

double sum_of(double own, Ranks& ranks) {
    ranks.sum({&own, 1});
    return own;
}

void collect(const torch::Tensor& kept, const Strip& strip, const Strip::Cut& cut, Ranks& ranks,
             const RowSink& sink) {
    const auto own = kept.narrow(2, strip.own_in_kept(), strip.count);
    for (int r = 0; r < ranks.count(); ++r) {
        if (ranks.rank() != 0 && ranks.rank() != r)
            continue;
        const auto there = *Strip::of(strip.height, cut, r, ranks.count());
        for (int done = 0; done < there.count; done += rows_at_once) {
            const int count = std::min(rows_at_once, there.count - done);
            const auto rows = own.narrow(2, ranks.rank() == r ? done : 0, count);
            if (r == 0)
                sink(done, rows);
            else if (ranks.rank() == r)
                exchanged(rows, 0, {}, -1, ranks);
            else
                sink(there.first + done, exchanged({}, -1, rows, r, ranks));
        }
    }
}

torch::Tensor resized_rows(const RowSource& rows, int from_height, int to_height, int to_width, int first,
                           int count, Kernel kernel) {
    torch::Tensor result;
    for (int done = 0; done < count;) {
        const int here = std::min(rows_at_once, count - done);
        std::vector<Mix> mixes;
        for (int i = 0; i < here; ++i)
            mixes.push_back(mix_of(first + done + i, from_height, to_height, kernel));
        const int top = mixes.front().first;
        int bottom = top;
        for (const auto& mix : mixes)
            bottom = std::max(bottom, mix.first + int(mix.shares.size()));
        auto source = rows(top, bottom - top).contiguous(); // other kernels round otherwise
        if (source.size(3) != to_width)
            source = kernel == Kernel::bicubic
                         ? at::_upsample_bicubic2d_aa(source, {source.size(2), to_width}, false)
                         : torch::upsample_bilinear2d(source, {source.size(2), to_width}, false);
        if (!result.defined())
            result = torch::empty({1, source.size(1), count, to_width}, source.options());
        source = source.contiguous();
        // Not a product of matrices, whose rounding would depend on how many rows there are.
        const auto* const from = source.const_data_ptr<float>();
        auto* const to = result.data_ptr<float>();
        at::parallel_for(0, here * source.size(1), 1, [&](std::int64_t begin, std::int64_t end) {
            for (auto i = begin; i < end; ++i) {
                const auto channel = i / here, row = i % here;
                const auto& mix = mixes[std::size_t(row)];
                float* const sum = to + (channel * count + done + row) * to_width;
                std::fill_n(sum, to_width, 0.0f);
                for (std::size_t k = 0; k < mix.shares.size(); ++k) {
                    const auto share = float(mix.shares[k]);
                    const float* const more =
                        from + (channel * (bottom - top) + mix.first - top + std::int64_t(k)) * to_width;
                    for (int x = 0; x < to_width; ++x)
                        sum[x] += share * more[x];
                }
            }
        });
        done += here;
    }
    return result;
}

torch::Tensor resized_by_rows(const torch::Tensor& picture, int width, int height, Kernel kernel) {
    const int own_width = int(picture.size(3)), own_height = int(picture.size(2));
    if (own_width == width && own_height == height)
        return picture;
    return resized_rows([&](int first, int count) { return picture.narrow(2, first, count); }, own_height,
                        height, width, 0, height, kernel);
}

} // namespace neural_style
