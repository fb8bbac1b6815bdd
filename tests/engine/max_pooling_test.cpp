// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "max_pooling.hpp"

#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

// Like the output of a ReLU: half of it 0, with some equal values.
torch::Tensor features(int channels, int height, int width, torch::ScalarType type) {
    torch::manual_seed(7);
    return torch::randint(-8, 9, {1, channels, height, width})
        .clamp_min(0)
        .to(type)
        .div_(4)
        .contiguous(torch::MemoryFormat::ChannelsLast);
}

} // namespace

static void maxima_are_those_of_libtorch() {
    for (const auto type : {torch::kFloat32, torch::kBFloat16})
        for (const auto& [height, width] : {std::pair{8, 12}, {7, 9}, {2, 2}, {33, 64}}) {
            const auto in = features(16, height, width, type);
            CHECK(torch::equal(max_pooled(in), torch::max_pool2d(in, 2)));
        }
}

static void the_gradient_goes_where_libtorch_sends_it() {
    for (const auto type : {torch::kFloat32, torch::kBFloat16})
        for (const auto& [height, width] : {std::pair{8, 12}, {7, 9}, {33, 64}}) {
            const auto in = features(16, height, width, type);
            const auto of_pooled = torch::randn({1, 16, height / 2, width / 2})
                                       .to(type)
                                       .contiguous(torch::MemoryFormat::ChannelsLast);
            const auto indices = std::get<1>(torch::max_pool2d_with_indices(in, 2));
            CHECK(torch::equal(
                max_pool_gradient(of_pooled, in),
                at::max_pool2d_with_indices_backward(of_pooled, in, 2, 2, 0, 1, false, indices)));
        }
}

static void other_layouts_and_types_go_the_usual_way() {
    const auto in = features(5, 8, 8, torch::kFloat64).contiguous();
    CHECK(torch::equal(max_pooled(in), torch::max_pool2d(in, 2)));
    CHECK(max_pool_gradient(torch::ones({1, 5, 4, 4}, torch::kFloat64), in).sum().item<double>() == 5 * 16);
}

int max_pooling_tests() {
    return run_tests({TEST(maxima_are_those_of_libtorch), TEST(the_gradient_goes_where_libtorch_sends_it),
                      TEST(other_layouts_and_types_go_the_usual_way)});
}
