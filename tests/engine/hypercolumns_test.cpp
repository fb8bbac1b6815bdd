// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "hypercolumns.hpp"
#include "random_network.hpp"
#include "test_device.hpp"
#include "test_folder.hpp"

#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

constexpr int width = 94, height = 70;

torch::Tensor features(int stride, int channels = 3) {
    torch::manual_seed(stride);
    return torch::rand({1, channels, height / stride, width / stride})
        .contiguous(torch::MemoryFormat::ChannelsLast);
}

} // namespace

static void a_position_is_the_mean_of_its_pixels_in_shallow_layers() {
    const GridPart whole(whole_tile(width, height));
    const auto shallow = features(2);
    const auto columns = whole.columns(shallow, 2).view({whole.height(), whole.width(), -1});
    CHECK(whole.height() == 17 && whole.width() == 23);
    const auto block = shallow.narrow(2, 2 * 5, 2).narrow(3, 2 * 7, 2).mean({0, 2, 3});
    CHECK_NEAR((columns[5][7] - block).abs().max().item<double>(), 0, 1e-6);
}

static void a_slope_in_a_deep_layer_stays_a_slope() {
    const GridPart whole(whole_tile(64, 64));
    const auto slope = torch::arange(8.0F).view({1, 1, 8, 1}).expand({1, 1, 8, 8});
    const auto columns = whole.columns(slope, 8).view({16, 16});
    CHECK_NEAR(columns[0][3].item<double>(), 0, 1e-6); // the border is repeated
    CHECK_NEAR(columns[7][3].item<double>(), 3.25, 1e-6);
    CHECK_NEAR(columns[8][3].item<double>(), 3.75, 1e-6);
}

static void the_gradient_is_the_transposed() {
    for (const int stride : {1, 2, 4, 8}) {
        const GridPart whole(whole_tile(width, height));
        const auto in = features(stride);
        const auto out = torch::rand({std::int64_t(whole.height()) * whole.width(), 3});
        auto back = torch::zeros_like(in);
        whole.add_gradient(out, stride, back);
        const double there = (whole.columns(in, stride) * out).sum().item<double>();
        CHECK_NEAR((in * back).sum().item<double>() / there, 1, 1e-5);
    }
}

static void columns_of_tiles_are_those_of_the_whole() {
    const auto picture = torch::rand({1, 2, height, width});
    const GridPart whole(whole_tile(width, height));
    for (const int stride : {1, 2, 4, 8}) {
        const auto deep = torch::avg_pool2d(picture, stride);
        const auto all = whole.columns(deep, stride).view({whole.height(), whole.width(), -1});
        const Tiling cut(width, height, {.side = 32, .halo = 16, .stride = 8});
        CHECK(cut.tiles().size() > 4);
        for (const auto& tile : cut.tiles()) {
            const GridPart part(tile);
            const auto columns = part.columns(torch::avg_pool2d(cut.window(picture, tile), stride), stride)
                                     .view({part.height(), part.width(), -1});
            const auto there = all.narrow(0, part.top(), part.height()).narrow(1, part.left(), part.width());
            CHECK_NEAR((columns - there).abs().max().item<double>(), 0, 1e-6);
        }
    }
}

static void a_network_without_deep_layers_gives_what_it_has() {
    const Folder folder;
    write_random_network(folder.path / "network");
    const FeatureNetwork network(Weights::read(folder.path / "network"), test_device());
    CHECK(column_layers(network) ==
          std::vector({network.layer("relu1_1"), network.layer("relu2_1"), network.layer("relu3_1")}));
}

int hypercolumns_tests() {
    return run_tests({TEST(a_position_is_the_mean_of_its_pixels_in_shallow_layers),
                      TEST(a_slope_in_a_deep_layer_stays_a_slope), TEST(the_gradient_is_the_transposed),
                      TEST(columns_of_tiles_are_those_of_the_whole),
                      TEST(a_network_without_deep_layers_gives_what_it_has)});
}
