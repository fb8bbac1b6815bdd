// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypercolumns.hpp"

#include <algorithm>
#include <cmath>
#include <torch/types.h>

namespace neural_style {

namespace {

// Interpolation of grid positions between the positions of a deeper layer, along one dimension: `1 - share`
// of one and `share` of the next; pixel centres, the border repeated.
struct Between {
    torch::Tensor one, other, share;

    Between(const Span& span, int count, int stride, std::int64_t length, torch::Device device) {
        const auto options = torch::TensorOptions(device).dtype(torch::kFloat64);
        const double factor = double(stride) / grid_stride;
        const double first = double(span.own_in_window()) / grid_stride;
        const auto at = (torch::arange(count, options) + first + 0.5) / factor - 0.5;
        const auto before = at.floor();
        share = (at - before).to(torch::kFloat32);
        one = before.clamp(0, double(length - 1)).to(torch::kInt64);
        other = (before + 1).clamp(0, double(length - 1)).to(torch::kInt64);
    }

    torch::Tensor shares(std::int64_t dimension) const {
        return dimension == 2 ? share.view({1, 1, -1, 1}) : share.view({1, 1, 1, -1});
    }
    torch::Tensor enlarged(const torch::Tensor& t, std::int64_t dimension) const {
        return torch::lerp(t.index_select(dimension, one), t.index_select(dimension, other),
                           shares(dimension));
    }
    torch::Tensor transposed(const torch::Tensor& t, std::int64_t dimension, std::int64_t length) const {
        auto shape = t.sizes().vec();
        shape[std::size_t(dimension)] = length;
        auto result = torch::zeros(shape, t.options().memory_format(torch::MemoryFormat::ChannelsLast));
        const auto of_other = t * shares(dimension);
        result.index_add_(dimension, one, t - of_other);
        return result.index_add_(dimension, other, of_other);
    }
};

} // namespace

std::vector<int> column_layers(const FeatureNetwork& network) {
    std::vector<int> layers;
    for (const auto* name : {"relu1_1", "relu2_1", "relu3_1", "relu4_1"}) {
        const int layer = network.layer(network.nearest_layer(name));
        if (network.stride(layer) <= deepest_column_stride && !std::ranges::contains(layers, layer))
            layers.push_back(layer);
    }
    std::ranges::sort(layers);
    return layers;
}

Tile whole_tile(int width, int height) {
    return {.across = {.own = 0, .own_length = width, .seen = 0, .seen_length = width},
            .down = {.own = 0, .own_length = height, .seen = 0, .seen_length = height}};
}

torch::Tensor GridPart::columns(const torch::Tensor& features, int stride) const {
    torch::Tensor grid;
    if (stride > grid_stride) {
        const auto exact = features.to(torch::kFloat32);
        grid = Between(tile_.across, width(), stride, features.size(3), features.device())
                   .enlarged(Between(tile_.down, height(), stride, features.size(2), features.device())
                                 .enlarged(exact, 2),
                             3);
    } else {
        const int side = grid_stride / stride;
        grid = features.narrow(2, tile_.down.own_in_window() / stride, height() * side)
                   .narrow(3, tile_.across.own_in_window() / stride, width() * side);
        if (side > 1)
            grid = torch::avg_pool2d(grid, side);
    }
    return grid.permute({0, 2, 3, 1}).reshape({-1, features.size(1)}).to(torch::kFloat32);
}

void GridPart::add_gradient(const torch::Tensor& of_columns, int stride, torch::Tensor& gradient) const {
    const auto of_grid = of_columns.view({1, height(), width(), -1}).permute({0, 3, 1, 2});
    if (stride > grid_stride) {
        const Between across(tile_.across, width(), stride, gradient.size(3), gradient.device());
        const Between down(tile_.down, height(), stride, gradient.size(2), gradient.device());
        gradient.add_(down.transposed(across.transposed(of_grid, 3, gradient.size(3)), 2, gradient.size(2)));
        return;
    }
    const int side = grid_stride / stride;
    auto own = gradient.narrow(2, tile_.down.own_in_window() / stride, height() * side)
                   .narrow(3, tile_.across.own_in_window() / stride, width() * side);
    if (side == 1) {
        own.add_(of_grid);
        return;
    }
    own.unflatten(2, {height(), side})
        .unflatten(4, {width(), side})
        .add_(of_grid.to(gradient.scalar_type()).unsqueeze(3).unsqueeze(5), 1.0 / (side * side));
}

} // namespace neural_style
