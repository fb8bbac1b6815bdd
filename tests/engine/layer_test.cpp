// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "enlarging_convolution.hpp"
#include "sequence.hpp"

#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

const LayerPlace exact{.device = torch::kCPU, .type = torch::kFloat64, .backward = true};

ConvolutionStep convolution(int in, int out, int size, int stride, Border border, bool relu = true) {
    return {.name = "c",
            .relu = relu,
            .size = size,
            .stride = stride,
            .border = border,
            .weight = torch::randn({out, in, size, size}),
            .bias = torch::randn({out})};
}

ConvolutionStep grouped(int in, int out, int groups, int stride, Border border, double limit = 0) {
    auto step = convolution(in / groups, out, 3, stride, border, limit > 0);
    step.groups = groups;
    step.limit = limit;
    return step;
}

// Bottlenecks as in residual networks: the shortcut of the first one changes the size.
ResidualStep shortened() {
    return {.inside = {convolution(4, 3, 1, 1, Border::zeros), convolution(3, 3, 3, 2, Border::zeros),
                       convolution(3, 6, 1, 1, Border::zeros, false)},
            .shortcut = {convolution(4, 6, 1, 2, Border::zeros, false)},
            .relu = true};
}

BranchesStep branches() {
    return {.branches = {{convolution(4, 3, 1, 1, Border::zeros)},
                         {convolution(4, 2, 1, 1, Border::zeros), convolution(2, 5, 3, 1, Border::zeros)}}};
}

const PoolingStep poolings[] = {{.maximum = true, .size = 3, .padding = 1},
                                {.maximum = true, .size = 3, .rest = true},
                                {.maximum = true, .rest = true},
                                {.size = 3, .padding = 1},
                                {.size = 3, .rest = true}};

torch::Tensor features(int channels, int height, int width) {
    return channels_last(torch::randn({1, channels, height, width}, torch::kFloat64));
}

torch::Tensor output(const LayerPointer& layer, const torch::Tensor& in) {
    return layer->forward(in, {std::stop_token()});
}

LayerPointer layer(const GraphStep& step, const LayerPlace& place = exact) {
    return Sequence({step}, place).layers().front();
}

// The backward pass agrees with central differences along random directions and does not change `in` and
// `out`.
void check_gradient(const GraphStep& step, const torch::Tensor& in) {
    const auto checked = layer(step);
    CHECK(checked->has_backward());
    const auto out = output(checked, in);
    const auto factors = torch::randn_like(out);
    const auto in_before = in.clone(), out_before = out.clone();
    const auto gradient = checked->backward(in, out, factors.clone());
    CHECK(in.equal(in_before) && out.equal(out_before));
    CHECK(gradient.sizes() == in.sizes() && gradient.is_contiguous(torch::MemoryFormat::ChannelsLast));
    for (int i = 0; i < 3; ++i) {
        const auto direction = torch::randn_like(in);
        const auto at = [&](double along) {
            return (output(checked, in + along * direction) * factors).sum().item<double>();
        };
        const double step_length = 1e-7, numeric = (at(step_length) - at(-step_length)) / (2 * step_length);
        CHECK_NEAR((gradient * direction).sum().item<double>(), numeric,
                   1e-5 * gradient.norm().item<double>());
    }
}

} // namespace

static void the_way_back_of_a_convolution_agrees_with_differences() {
    torch::manual_seed(5);
    for (const auto border : {Border::zeros, Border::reflect, Border::replicate})
        for (const int size : {1, 3, 7})
            for (const int stride : {1, 2, 3})
                for (const bool relu : {false, true})
                    check_gradient(convolution(3, 5, size, stride, border, relu), features(3, 12, 11));
    for (const auto border : {Border::zeros, Border::reflect, Border::none})
        for (const int groups : {2, 4})
            for (const int stride : {1, 2})
                for (const double limit : {0.0, 0.8})
                    check_gradient(grouped(4, 8, groups, stride, border, limit), features(4, 12, 11));
}

static void the_way_back_of_relus_and_poolings_agrees_with_differences() {
    torch::manual_seed(6);
    check_gradient(ReluStep{}, features(4, 6, 7));
    for (const bool maximum : {false, true})
        check_gradient(PoolingStep{maximum}, features(4, 9, 8));
    for (const auto& pooling : poolings)
        for (const int side : {8, 9})
            check_gradient(pooling, features(4, side, 11));
}

static void the_way_back_of_a_residual_agrees_with_differences() {
    torch::manual_seed(7);
    const ResidualStep residual{{convolution(4, 6, 1, 1, Border::zeros),
                                 convolution(6, 6, 3, 1, Border::reflect),
                                 ResidualStep{{ReluStep{}, convolution(6, 6, 3, 1, Border::replicate)}, {}},
                                 convolution(6, 4, 1, 1, Border::zeros, false)},
                                {}};
    check_gradient(residual, features(4, 8, 9));
    check_gradient(shortened(), features(4, 8, 9));
}

static void the_way_back_of_branches_agrees_with_differences() {
    torch::manual_seed(8);
    check_gradient(branches(), features(4, 8, 9));
}

static void a_limit_ends_the_relu() {
    const auto step = grouped(4, 4, 1, 1, Border::zeros, 0.5);
    const auto out = output(layer(step), features(4, 9, 9));
    CHECK(out.max().item<double>() == 0.5 && out.min().item<double>() == 0);
}

static void norms_and_enlargements_have_no_way_back() {
    const NormStep norm{.name = "n", .weight = torch::ones({3}), .bias = torch::zeros({3})};
    for (const GraphStep& step :
         {GraphStep(norm), GraphStep(UpsamplingStep{}), GraphStep(ResidualStep{{norm}, {}})})
        CHECK(!layer(step)->has_backward());
}

static void layers_tell_the_size_of_what_they_give() {
    for (const GraphStep& step :
         {GraphStep(convolution(4, 6, 3, 1, Border::zeros)),
          GraphStep(convolution(4, 6, 5, 2, Border::reflect)),
          GraphStep(convolution(4, 6, 7, 3, Border::replicate)), GraphStep(PoolingStep{}),
          GraphStep(UpsamplingStep{3, true}), GraphStep(ReluStep{}),
          GraphStep(ResidualStep{{ReluStep{}}, {}}), GraphStep(grouped(4, 8, 4, 2, Border::none)),
          GraphStep(shortened()), GraphStep(branches()), GraphStep(poolings[0]), GraphStep(poolings[1]),
          GraphStep(poolings[2])})
        for (const int side : {13, 18}) {
            const auto told =
                layer(step)->out({.channels = 4, .height = double(side), .width = double(side + 1)});
            const auto out = output(layer(step), features(4, side, side + 1));
            CHECK(told.channels == double(out.size(1)) && told.height == double(out.size(2)) &&
                  told.width == double(out.size(3)));
        }
}

static void the_least_side_can_be_mirrored_and_gives_what_was_asked() {
    for (const int size : {1, 3, 9})
        for (const int stride : {1, 2})
            for (const int behind : {1, 4}) {
                const auto checked = layer(convolution(2, 2, size, stride, Border::reflect));
                const int side = int(checked->least_side(behind));
                CHECK(output(checked, features(2, side, side)).size(2) >= behind);
            }
}

static void an_outline_tells_sizes_without_a_way_to_compute() {
    const Graph graph{convolution(4, 6, 3, 2, Border::reflect), PoolingStep{}, UpsamplingStep{2, true}};
    const Sequence outline(graph, {.outline = true}), whole(graph, exact);
    const Shape in{4, 32, 24};
    CHECK(outline.cost(in).operations == whole.cost(in).operations && outline.cost(in).operations > 0);
    CHECK(outline.around(3) == whole.around(3) && outline.out(in).values() == whole.out(in).values());
}

static void corners_are_spread_alike_on_every_device() {
    for (const auto type : {torch::kFloat32, torch::kBFloat16}) {
        const auto corners = channels_last(torch::randn({2, 12, 6, 5}).to(type));
        const auto out = spread_anywhere(corners);
        CHECK(out.equal(spread(corners)) && out.is_contiguous(torch::MemoryFormat::ChannelsLast));
    }
}

static void an_exact_end_of_layers_in_layers_is_float32() {
    const Graph graph{ResidualStep{{convolution(4, 4, 3, 1, Border::reflect)}, {}}};
    const Sequence layers(graph, {.type = torch::kBFloat16}, /*exact_end=*/true);
    CHECK(layers.forward(features(4, 6, 6).to(torch::kBFloat16), {std::stop_token()}).scalar_type() ==
          torch::kFloat32);
}

int layer_tests() {
    return run_tests(
        {TEST(the_way_back_of_a_convolution_agrees_with_differences),
         TEST(the_way_back_of_relus_and_poolings_agrees_with_differences),
         TEST(the_way_back_of_a_residual_agrees_with_differences),
         TEST(the_way_back_of_branches_agrees_with_differences), TEST(a_limit_ends_the_relu),
         TEST(norms_and_enlargements_have_no_way_back), TEST(layers_tell_the_size_of_what_they_give),
         TEST(the_least_side_can_be_mirrored_and_gives_what_was_asked),
         TEST(an_outline_tells_sizes_without_a_way_to_compute),
         TEST(corners_are_spread_alike_on_every_device), TEST(an_exact_end_of_layers_in_layers_is_float32)});
}
