// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture_window.hpp"

#include "tensor.hpp"

#include <ATen/Parallel.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <torch/types.h>

namespace neural_style {

namespace {

constexpr std::int64_t rows_at_once = 16;

// About the side of a sample in pixels: large compared with border and receptive field.
constexpr double sample_side = 192;

torch::Tensor empty_picture(std::int64_t width, std::int64_t height) {
    return torch::empty({1, 3, height, width}, torch::kFloat32, torch::MemoryFormat::ChannelsLast);
}

// The samples of a row's pixels from `first` up to `end`: the picture's own if they are floats, else copied
// into `room`.
const float* samples_of(SamplesView picture, std::int64_t row, std::int64_t first, std::int64_t end,
                        std::vector<float>& room) {
    const auto at = std::size_t(row * picture.width() + first) * picture_channels;
    if (picture.floats())
        return picture.floats() + at;
    room.resize(std::size_t(end - first) * picture_channels);
    picture.read(at, room.size(), room.data());
    return room.data();
}

// The four neighbours in the smaller picture and their weights: Keys' cubic with a = -1/2.
struct Taps {
    std::array<std::int64_t, 4> at;
    std::array<float, 4> weight;
};

std::vector<Taps> taps(const std::vector<std::int64_t>& pixels, int length, int small_length, Beyond beyond) {
    std::vector<Taps> result;
    result.reserve(pixels.size());
    const double scale = double(small_length) / length;
    const auto inside = [&](std::int64_t at) {
        return beyond == Beyond::again ? (at % small_length + small_length) % small_length
                                       : std::clamp<std::int64_t>(at, 0, small_length - 1);
    };
    for (const auto pixel : pixels) {
        const double place = (double(pixel) + 0.5) * scale - 0.5;
        const auto first = std::int64_t(std::floor(place));
        const double t = place - double(first);
        Taps here;
        const std::array weights{((-0.5 * t + 1) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1,
                                 ((-1.5 * t + 2) * t + 0.5) * t, (0.5 * t - 0.5) * t * t};
        for (int i = 0; i < 4; ++i) {
            here.at[std::size_t(i)] = inside(first - 1 + i);
            here.weight[std::size_t(i)] = float(weights[std::size_t(i)]);
        }
        result.push_back(here);
    }
    return result;
}

} // namespace

std::vector<std::int64_t> seen_pixels(const Span& span, int length, Beyond beyond) {
    const std::int64_t period = beyond == Beyond::again ? length : std::max(1, 2 * (length - 1));
    std::vector<std::int64_t> pixels(static_cast<std::size_t>(span.seen_length));
    for (int i = 0; i < span.seen_length; ++i) {
        auto at = ((span.seen + i) % period + period) % period;
        if (at >= length)
            at = period - at;
        pixels[std::size_t(i)] = at;
    }
    return pixels;
}

torch::Tensor window(SamplesView picture, const Tile& tile, Beyond beyond) {
    const auto columns = seen_pixels(tile.across, picture.width(), beyond);
    const auto rows = seen_pixels(tile.down, picture.height(), beyond);
    const auto [left, right] = std::ranges::minmax(columns);
    auto result = empty_picture(tile.across.seen_length, tile.down.seen_length);
    auto* const to = result.data_ptr<float>();
    const auto clamped = [](float value) { return std::min(std::max(value, 0.0f), 1.0f); };
    at::parallel_for(0, std::int64_t(rows.size()), rows_at_once, [&](std::int64_t first, std::int64_t end) {
        std::vector<float> room;
        for (auto y = first; y < end; ++y) {
            const float* row = samples_of(picture, rows[std::size_t(y)], left, right + 1, room);
            float* out = to + y * std::int64_t(columns.size()) * 3;
            for (const auto column : columns)
                for (int c = 0; c < 3; ++c)
                    *out++ = clamped(row[3 * (column - left) + c]);
        }
    });
    return result;
}

torch::Tensor window(const torch::Tensor& weights, const Tile& tile, Beyond beyond) {
    const auto chosen = [&](const torch::Tensor& t, int dimension, const Span& span) {
        const int length = int(t.size(dimension));
        if (span.seen >= 0 && span.seen + span.seen_length <= length)
            return t.narrow(dimension, span.seen, span.seen_length);
        return t.index_select(dimension,
                              torch::tensor(seen_pixels(span, length, beyond), torch::kInt64).to(t.device()));
    };
    return chosen(chosen(weights, 0, tile.down), 1, tile.across).contiguous();
}

torch::Tensor enlarged_window(ImageView small, Size size, const Tile& tile, Beyond beyond) {
    const auto columns = taps(seen_pixels(tile.across, size.width, beyond), size.width, small.width, beyond);
    const auto rows = taps(seen_pixels(tile.down, size.height, beyond), size.height, small.height, beyond);
    auto result = empty_picture(tile.across.seen_length, tile.down.seen_length);
    auto* const to = result.data_ptr<float>();
    at::parallel_for(0, std::int64_t(rows.size()), rows_at_once, [&](std::int64_t first, std::int64_t end) {
        std::vector<float> line(std::size_t(small.width) * 3);
        for (auto y = first; y < end; ++y) {
            const auto& row = rows[std::size_t(y)];
            std::ranges::fill(line, 0.0f);
            for (std::size_t i = 0; i < 4; ++i) {
                const float* from = small.pixel(0, int(row.at[i]));
                for (std::size_t x = 0; x < line.size(); ++x)
                    line[x] += row.weight[i] * from[x];
            }
            float* out = to + y * std::int64_t(columns.size()) * 3;
            for (const auto& column : columns) {
                for (int c = 0; c < 3; ++c) {
                    float sum = 0;
                    for (std::size_t i = 0; i < 4; ++i)
                        sum += column.weight[i] * line[std::size_t(3 * column.at[i] + c)];
                    out[c] = sum;
                }
                out += 3;
            }
        }
    });
    return result;
}

std::vector<Tile> samples(Size size, int stride, double pixels) {
    const auto even = [&](int length) { return std::max(stride, length / stride * stride); };
    if (double(size.width) * size.height <= pixels) {
        const Span across{
            .own = 0, .own_length = even(size.width), .seen = 0, .seen_length = even(size.width)};
        const Span down{
            .own = 0, .own_length = even(size.height), .seen = 0, .seen_length = even(size.height)};
        return {{across, down}};
    }
    // A grid of parts with gaps as even as possible.
    const double share = std::sqrt(pixels / (double(size.width) * size.height)); // of a side
    const auto along = [&](int length) {
        const int count = std::max(1, int(std::lround(share * length / sample_side)));
        const int part = std::min(even(length), even(int(share * length / count)));
        std::vector<Span> spans;
        for (int i = 0; i < count; ++i) {
            const int first = int((2 * i + 1) * std::int64_t(length) / (2 * count)) - part / 2;
            const int at = std::clamp(first / stride * stride, 0, length - part);
            spans.push_back({.own = at, .own_length = part, .seen = at, .seen_length = part});
        }
        return spans;
    };
    std::vector<Tile> tiles;
    for (const auto& down : along(size.height))
        for (const auto& across : along(size.width))
            tiles.push_back({across, down});
    return tiles;
}

void put(const torch::Tensor& seen, const Tile& tile, Image& picture) {
    const auto pixels = seen.contiguous(torch::MemoryFormat::ChannelsLast);
    const auto* const from = pixels.const_data_ptr<float>();
    const auto width = pixels.size(3);
    const int columns = std::min(tile.across.own_length, picture.width() - tile.across.own);
    const int rows = std::min(tile.down.own_length, picture.height() - tile.down.own);
    at::parallel_for(0, rows, rows_at_once, [&](std::int64_t first, std::int64_t end) {
        for (auto y = first; y < end; ++y) {
            const float* in =
                from + ((tile.down.own_in_window() + y) * width + tile.across.own_in_window()) * 3;
            float* out = picture.pixel(tile.across.own, tile.down.own + int(y));
            for (int i = 0; i < 3 * columns; ++i)
                out[i] = std::min(std::max(in[i], 0.0f), 1.0f);
        }
    });
}

torch::Tensor reduced(SamplesView picture, Size size) {
    // Twice the wanted size is enough for the antialiasing that follows.
    const int by = std::min(picture.width() / (2 * size.width), picture.height() / (2 * size.height));
    if (by < 2)
        return resized(to_tensor(picture, torch::kCPU), size.width, size.height);
    const int width = picture.width() / by, height = picture.height() / by;
    // Every pixel goes into exactly one mean, so some have one row or column more.
    const auto edge = [](int at, int length, int small_length) {
        return int(std::int64_t(at) * length / small_length);
    };
    auto result = empty_picture(width, height);
    auto* const to = result.data_ptr<float>();
    at::parallel_for(0, height, rows_at_once, [&](std::int64_t first, std::int64_t end) {
        std::vector<float> room;
        for (auto y = int(first); y < end; ++y) {
            float* out = to + std::int64_t(y) * width * 3;
            std::fill_n(out, width * 3, 0.0f);
            const int top = edge(y, picture.height(), height), bottom = edge(y + 1, picture.height(), height);
            for (int row = top; row < bottom; ++row) {
                const float* in = samples_of(picture, row, 0, picture.width(), room);
                for (int x = 0; x < width; ++x) {
                    const int right = edge(x + 1, picture.width(), width);
                    for (int column = edge(x, picture.width(), width); column < right; ++column, in += 3)
                        for (int c = 0; c < 3; ++c)
                            out[3 * x + c] += std::min(std::max(in[c], 0.0f), 1.0f);
                }
            }
            for (int x = 0; x < width; ++x) {
                const int columns = edge(x + 1, picture.width(), width) - edge(x, picture.width(), width);
                for (int c = 0; c < 3; ++c)
                    out[3 * x + c] /= float(columns * (bottom - top));
            }
        }
    });
    return resized(result, size.width, size.height);
}

} // namespace neural_style
