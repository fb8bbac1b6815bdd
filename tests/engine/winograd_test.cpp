// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "convolution.hpp"
#include "engine_tests.hpp"
#include "winograd.hpp"

#include <ATen/Parallel.h>
#include <limits>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

struct Case {
    torch::Tensor weight, bias;

    Case(int in, int out) {
        torch::manual_seed(7);
        weight = torch::randn({out, in, 3, 3}) * std::sqrt(2.0 / (9 * in));
        bias = torch::randn({out});
    }
    // In float64, by LibTorch.
    torch::Tensor exact(const torch::Tensor& in, int zeros, bool relu, bool biased = true) const {
        const auto out = torch::conv2d(in.to(torch::kFloat64), weight.to(torch::kFloat64),
                                       biased ? bias.to(torch::kFloat64) : torch::Tensor(), 1, zeros);
        return relu ? out.relu() : out;
    }
};

torch::Tensor features(int count, int channels, int height, int width) {
    return channels_last(torch::randn({count, channels, height, width}));
}

double error(const torch::Tensor& found, const torch::Tensor& exact) {
    return ((found - exact).norm() / exact.norm()).item<double>();
}

} // namespace

static void float32_is_exact_to_some_last_bits_at_every_size_and_border() {
    const Case layer(64, 80);
    const WinogradConvolution convolution(layer.weight, layer.bias);
    for (const auto& [height, width] : {std::pair{3, 3}, {4, 5}, {8, 8}, {33, 34}, {70, 41}})
        for (const int zeros : {0, 1, 2})
            for (const bool relu : {false, true}) {
                const auto in = features(1, 64, height, width);
                const auto out = convolution(in, zeros, relu);
                CHECK(out.is_contiguous(torch::MemoryFormat::ChannelsLast));
                CHECK(error(out, layer.exact(in, zeros, relu)) < 4e-6);
            }
}

static void bfloat16_is_as_exact_as_its_digits() {
    const Case layer(64, 64);
    const auto in = features(1, 64, 30, 21).to(torch::kBFloat16);
    const auto out = WinogradConvolution(layer.weight, layer.bias)(in, 1, true);
    CHECK(out.scalar_type() == torch::kBFloat16);
    // Values are off by 2^-9 at most, evenly distributed.
    CHECK(error(out, layer.exact(in, 1, true)) < 2.5e-3);
}

static void a_bias_is_not_needed() {
    const Case layer(64, 64);
    const auto in = features(1, 64, 12, 13);
    const auto out = WinogradConvolution(layer.weight, {})(in, 1, false);
    CHECK(error(out, layer.exact(in, 1, false, false)) < 4e-6);
}

static void pictures_of_a_batch_and_parts_of_a_picture_are_seen_where_they_lie() {
    const Case layer(64, 64);
    const WinogradConvolution convolution(layer.weight, layer.bias);
    const auto batch = features(2, 64, 20, 23);
    CHECK(error(convolution(batch, 1, false), layer.exact(batch, 1, false)) < 4e-6);
    const auto part = batch.narrow(2, 3, 11).narrow(3, 5, 14);
    CHECK(error(convolution(part, 1, false), layer.exact(part, 1, false)) < 4e-6);
    const auto planes = part.contiguous();
    CHECK(torch::equal(convolution(planes, 1, false), convolution(part, 1, false)));
}

static void the_number_of_threads_changes_nothing() {
    const Case layer(128, 128);
    const WinogradConvolution convolution(layer.weight, layer.bias);
    const auto in = features(1, 128, 90, 70);
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const auto alone = convolution(in, 1, true);
    at::set_num_threads(3);
    const auto shared = convolution(in, 1, true);
    at::set_num_threads(threads);
    CHECK(torch::equal(alone, shared));
}

static void what_is_not_a_number_stays_so_behind_a_relu() {
    const Case layer(64, 64);
    auto in = features(1, 64, 16, 16);
    in[0][5][8][8] = std::numeric_limits<float>::quiet_NaN();
    CHECK(WinogradConvolution(layer.weight, layer.bias)(in, 1, true).isnan().any().item<bool>());
    const auto rough = WinogradConvolution(layer.weight, layer.bias)(in.to(torch::kBFloat16), 1, true);
    CHECK(rough.isnan().any().item<bool>());
}

static void only_what_it_computes_is_taken() {
    const auto applies = [](const torch::Tensor& weight, torch::ScalarType type, int stride, int groups) {
        return WinogradConvolution::applies(weight, type, stride, groups);
    };
    const auto weight = torch::zeros({64, 64, 3, 3});
    CHECK(!applies(weight, torch::kFloat64, 1, 1));
    CHECK(!applies(weight, torch::kFloat32, 2, 1));
    CHECK(!applies(torch::zeros({128, 64, 3, 3}), torch::kFloat32, 1, 2));
    CHECK(!applies(torch::zeros({64, 64, 5, 5}), torch::kFloat32, 1, 1));
    CHECK(!applies(torch::zeros({64, 72, 3, 3}), torch::kFloat32, 1, 1));
    CHECK(!applies(torch::zeros({64, 32, 3, 3}), torch::kFloat32, 1, 1));
    const WinogradConvolution convolution(weight, {});
    CHECK(convolution.pays(torch::empty({1, 64, 128, 128})));
    CHECK(!convolution.pays(torch::empty({1, 64, 32, 32})));
}

static void a_convolution_takes_it_for_large_pictures_only() {
    const Case layer(64, 64);
    const Convolution convolution(layer.weight, layer.bias, torch::kCPU, torch::kFloat32);
    const WinogradConvolution fast(layer.weight, layer.bias);
    if (!WinogradConvolution::applies(layer.weight, torch::kFloat32, 1, 1))
        return; // LibTorch without oneDNN
    for (const int side : {32, 160}) {
        const auto in = features(1, 64, side, side);
        CHECK(torch::equal(convolution(in, {.zeros = 1, .relu = true}), fast(in, 1, true)) == (side == 160));
    }
}

int winograd_tests() {
    return run_tests({TEST(float32_is_exact_to_some_last_bits_at_every_size_and_border),
                      TEST(bfloat16_is_as_exact_as_its_digits), TEST(a_bias_is_not_needed),
                      TEST(pictures_of_a_batch_and_parts_of_a_picture_are_seen_where_they_lie),
                      TEST(the_number_of_threads_changes_nothing),
                      TEST(what_is_not_a_number_stays_so_behind_a_relu), TEST(only_what_it_computes_is_taken),
                      TEST(a_convolution_takes_it_for_large_pictures_only)});
}
