// SPDX-License-Identifier: GPL-3.0-or-later
#include "winograd.hpp"

#include "lanes.hpp"
#include "onednn.hpp"

#include <ATen/Parallel.h>
#include <algorithm>
#include <array>
#include <torch/types.h>

namespace neural_style {

namespace {

constexpr std::int64_t input_side = 6, output_side = 4;
constexpr std::int64_t places = input_side * input_side;

// Channels, of input and output together, times tiles that a thread transforms at once: both fit into the
// second-level cache with shallow layers; with deep ones reading the weights again and again would cost more.
constexpr std::int64_t values_at_once = 1 << 15, least_tiles_at_once = 64;

// Of the smaller number of channels; with fewer the transforms cost more than products are saved. Measured
// with oneDNN 3.7 on an AMD EPYC with AVX-512 (VNNI, bfloat16), at 512 pixels: 64 channels 1.3, 256
// channels 2.6 and 512 channels 3.2 times as fast as direct convolutions in float32; 256 channels 1.2 times
// as fast in bfloat16.
constexpr std::int64_t least_channels = 64, least_channels_beside_bfloat16 = 256;

// Of the products at each place: with fewer, the 36 calls of oneDNN take longer than what they save.
constexpr std::int64_t least_products = 3 << 20;

// A picture whose positions are `row` and `column` values apart.
template <typename Value>
struct Positions {
    Value* first;
    std::int64_t height, width, row, column;
};

// Neighbouring tiles, row by row.
struct Tiles {
    std::int64_t first, count;
    std::int64_t across; // in a row
};

// Transposed B of section 4.3, on six vectors that are `step` apart.
[[gnu::always_inline]] inline void transform_input(const Lanes* in, std::int64_t step, Lanes* out) {
    const Lanes a = in[4 * step] - 4.0f * in[2 * step], b = in[3 * step] - 4.0f * in[step],
                c = in[4 * step] - in[2 * step], d = 2.0f * (in[3 * step] - in[step]);
    const Lanes first = 4.0f * in[0] - 5.0f * in[2 * step] + in[4 * step],
                last = 4.0f * in[step] - 5.0f * in[3 * step] + in[5 * step];
    out[0] = first;
    out[step] = a + b;
    out[2 * step] = a - b;
    out[3 * step] = c + d;
    out[4 * step] = c - d;
    out[5 * step] = last;
}

// Transposed A of section 4.3: six vectors to four.
[[gnu::always_inline]] inline void transform_output(const Lanes* in, std::int64_t step, Lanes* out) {
    const Lanes a = in[step] + in[2 * step], b = in[step] - in[2 * step], c = in[3 * step] + in[4 * step],
                d = in[3 * step] - in[4 * step], last = in[5 * step];
    out[0] = in[0] + a + c;
    out[step] = b + 2.0f * d;
    out[2 * step] = a + 4.0f * c;
    out[3 * step] = b + 8.0f * d + last;
}

// Tiles of the input to `places` planes [tiles, channels], one behind the other.
struct TransformInput {
    template <typename Value>
    [[gnu::always_inline]] static void run(const Positions<const Value>& in, std::int64_t zeros,
                                           const Tiles& tiles, std::int64_t channels, float* planes) {
        Lanes here[places];
        for (std::int64_t tile = 0; tile < tiles.count; ++tile) {
            const auto at = tiles.first + tile;
            const auto top = at / tiles.across * output_side - zeros,
                       left = at % tiles.across * output_side - zeros;
            const bool inside =
                top >= 0 && left >= 0 && top + input_side <= in.height && left + input_side <= in.width;
            for (std::int64_t c = 0; c < channels; c += lane_count) {
                for (std::int64_t y = 0; y < input_side; ++y)
                    for (std::int64_t x = 0; x < input_side; ++x) {
                        const bool is_there = inside || (top + y >= 0 && top + y < in.height &&
                                                         left + x >= 0 && left + x < in.width);
                        here[y * input_side + x] =
                            is_there ? lanes(in.first + (top + y) * in.row + (left + x) * in.column + c)
                                     : Lanes{};
                    }
                for (std::int64_t x = 0; x < input_side; ++x)
                    transform_input(here + x, input_side, here + x);
                for (std::int64_t y = 0; y < input_side; ++y)
                    transform_input(here + y * input_side, 1, here + y * input_side);
                for (std::int64_t place = 0; place < places; ++place)
                    store(planes + (place * tiles.count + tile) * channels + c, here[place]);
            }
        }
    }
};

// Planes [tiles, channels] of products to the output.
struct TransformOutput {
    template <typename Value>
    [[gnu::always_inline]] static void run(const std::array<const float*, places>& planes, const Tiles& tiles,
                                           std::int64_t channels, const float* bias, bool relu,
                                           const Positions<Value>& out) {
        Lanes here[places];
        for (std::int64_t tile = 0; tile < tiles.count; ++tile) {
            const auto at = tiles.first + tile;
            const auto top = at / tiles.across * output_side, left = at % tiles.across * output_side;
            const auto rows = std::min(output_side, out.height - top),
                       columns = std::min(output_side, out.width - left);
            for (std::int64_t c = 0; c < channels; c += lane_count) {
                for (std::int64_t place = 0; place < places; ++place)
                    here[place] = lanes(planes[std::size_t(place)] + tile * channels + c);
                for (std::int64_t x = 0; x < input_side; ++x)
                    transform_output(here + x, input_side, here + x);
                const Lanes offset = bias ? lanes(bias + c) : Lanes{};
                for (std::int64_t y = 0; y < rows; ++y) {
                    Lanes* const row = here + y * input_side;
                    transform_output(row, 1, row);
                    for (std::int64_t x = 0; x < columns; ++x) {
                        Lanes value = row[x] + offset;
                        if (relu)
                            value = value < 0.0f ? Lanes{} : value; // NaN stays
                        store(out.first + (top + y) * out.row + (left + x) * out.column + c, value);
                    }
                }
            }
        }
    }
};

template <typename Value>
Positions<Value> positions(Value* first, const torch::Tensor& of) {
    return {first, of.size(2), of.size(3), of.stride(2), of.stride(3)};
}

// Of one picture of the batch.
template <typename Value>
void convolve(const torch::Tensor& in, int zeros, bool relu, const std::vector<torch::Tensor>& weights,
              const torch::Tensor& bias, torch::Tensor out) {
    static const auto transform_in = widest<TransformInput, const Positions<const Value>&, std::int64_t,
                                            const Tiles&, std::int64_t, float*>();
    static const auto transform_out =
        widest<TransformOutput, const std::array<const float*, places>&, const Tiles&, std::int64_t,
               const float*, bool, const Positions<Value>&>();
    const auto in_channels = in.size(1), out_channels = out.size(1);
    const auto from = positions(in.const_data_ptr<Value>(), in);
    const auto to = positions(out.data_ptr<Value>(), out);
    const float* const offsets = bias.defined() ? bias.const_data_ptr<float>() : nullptr;
    const auto across = (to.width + output_side - 1) / output_side,
               down = (to.height + output_side - 1) / output_side;
    const auto at_once = std::max(least_tiles_at_once, values_at_once / (in_channels + out_channels));
    // A few more parts than needed, so that the threads end together.
    const std::int64_t threads = at::get_num_threads(), least = (across * down + at_once - 1) / at_once;
    const auto parts = std::min((least + threads - 1) / threads * threads, across * down);
    const auto of_part = (across * down + parts - 1) / parts;
    at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
        const torch::NoGradGuard no_grad;
        const torch::Tensor transformed = torch::empty({places * of_part * in_channels});
        for (auto part = begin; part < end; ++part) {
            const Tiles tiles{part * of_part, std::min(of_part, across * down - part * of_part), across};
            if (tiles.count <= 0)
                break;
            transform_in(from, zeros, tiles, in_channels, transformed.data_ptr<float>());
            std::array<torch::Tensor, places> products;
            std::array<const float*, places> planes;
            for (std::int64_t place = 0; place < places; ++place) {
                const auto plane =
                    transformed.narrow(0, place * tiles.count * in_channels, tiles.count * in_channels);
                torch::Tensor& product = products[std::size_t(place)];
                product = onednn::product(plane.view({tiles.count, in_channels}), weights[std::size_t(place)],
                                          {}, /*relu=*/false);
                planes[std::size_t(place)] = product.const_data_ptr<float>();
            }
            transform_out(planes, tiles, out_channels, offsets, relu, to);
        }
    });
}

// oneDNN's direct convolutions in bfloat16 are twice as fast with instructions for it, and sixteen times with
// matrix units.
std::int64_t least_channels_for(torch::ScalarType type) {
    if (type == torch::kFloat32)
        return least_channels;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("amx-bf16"))
        return std::int64_t(1) << 30;
    if (!__builtin_cpu_supports("avx512bf16"))
        return least_channels;
#endif
    return least_channels_beside_bfloat16;
}

} // namespace

bool WinogradConvolution::applies(const torch::Tensor& weight, torch::ScalarType type, int stride,
                                  int groups) {
    const auto out = weight.size(0), in = weight.size(1);
    return stride == 1 && groups == 1 && weight.size(2) == 3 && weight.size(3) == 3 && in % lane_count == 0 &&
           out % lane_count == 0 && onednn::has_products() && onednn::computes(torch::kCPU, type) &&
           std::min(in, out) >= least_channels_for(type);
}

bool WinogradConvolution::pays(const torch::Tensor& in) const {
    const auto tiles = in.size(0) * in.size(2) * in.size(3) / (output_side * output_side);
    return tiles * in_channels_ * out_channels_ >= least_products;
}

std::uint64_t WinogradConvolution::weight_bytes(const torch::Tensor& weight) {
    return std::uint64_t(places * weight.size(0) * weight.size(1)) * sizeof(float);
}

WinogradConvolution::WinogradConvolution(const torch::Tensor& weight, const torch::Tensor& bias)
    : in_channels_(weight.size(1)), out_channels_(weight.size(0)), weight_(weight) {
    if (bias.defined())
        bias_ = bias.to(torch::kCPU, torch::kFloat32).contiguous();
}

const std::vector<torch::Tensor>& WinogradConvolution::transformed() const {
    std::call_once(once_, [&] {
        const torch::NoGradGuard no_grad;
        // G of section 4.3.
        const auto transform = torch::tensor({{1 / 4.0, 0.0, 0.0},
                                              {-1 / 6.0, -1 / 6.0, -1 / 6.0},
                                              {-1 / 6.0, 1 / 6.0, -1 / 6.0},
                                              {1 / 24.0, 1 / 12.0, 1 / 6.0},
                                              {1 / 24.0, -1 / 12.0, 1 / 6.0},
                                              {0.0, 0.0, 1.0}},
                                             torch::kFloat64);
        const auto both = torch::einsum("ai,bj->abij", {transform, transform}).view({places, 9});
        const auto own = weight_.to(torch::kCPU, torch::kFloat32).reshape({out_channels_ * in_channels_, 9});
        const auto all =
            torch::matmul(both.to(torch::kFloat32), own.t()).view({places, out_channels_, in_channels_});
        transformed_ = onednn::product_weights(all);
        weight_ = torch::Tensor();
    });
    return transformed_;
}

torch::Tensor WinogradConvolution::operator()(const torch::Tensor& in, int zeros, bool relu) const {
    const auto seen = in.stride(1) == 1 ? in : in.contiguous(torch::MemoryFormat::ChannelsLast);
    auto out =
        torch::empty({in.size(0), out_channels_, in.size(2) + 2 * zeros - 2, in.size(3) + 2 * zeros - 2},
                     in.options(), torch::MemoryFormat::ChannelsLast);
    for (std::int64_t i = 0; i < in.size(0); ++i) {
        const auto one = seen.narrow(0, i, 1);
        if (in.scalar_type() == torch::kBFloat16)
            convolve<c10::BFloat16>(one, zeros, relu, transformed(), bias_, out.narrow(0, i, 1));
        else
            convolve<float>(one, zeros, relu, transformed(), bias_, out.narrow(0, i, 1));
    }
    return out;
}

} // namespace neural_style
