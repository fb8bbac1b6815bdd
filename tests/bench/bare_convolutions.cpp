// SPDX-License-Identifier: GPL-3.0-or-later
#include "bare_convolutions.hpp"

#include "onednn.hpp"
#include "step.hpp"

#include <algorithm>
#include <array>
#include <torch/types.h>

namespace bench {

namespace {

torch::Tensor convolved(const torch::Tensor& in, const torch::Tensor& weight, const torch::Tensor& bias,
                        int padding, bool relu) {
    if (!weight.is_mkldnn())
        return torch::conv2d(in, weight, bias, 1, padding);
    return neural_style::onednn::convolution(in, weight, bias, padding, 1, 1, relu);
}

} // namespace

BareConvolutions::BareConvolutions(const neural_style::FeatureNetwork& network, int side, Way way)
    : way_(way) {
    const int deepest = deepest_tap(network);
    const auto type = network.type();
    const auto placed = [&](const torch::Tensor& tensor) {
        const auto typed = tensor.to(network.device(), type);
        return way == Way::contiguous ? typed : typed.contiguous(torch::MemoryFormat::ChannelsLast);
    };
    int channels = 3;
    for (const auto& name : network.layers()) {
        const int layer = network.layer(name);
        if (layer > deepest)
            break;
        const int out = network.channels(layer), here = side / network.stride(layer);
        const auto filter = [&](int from, int to) {
            const auto weight = placed(torch::randn({to, from, 3, 3}) * std::sqrt(2.0 / (9.0 * from)));
            if (way != Way::prepared)
                return weight;
            const std::array<std::int64_t, 2> ones{1, 1};
            const std::array<std::int64_t, 4> size{1, from, here, here};
            return at::mkldnn_reorder_conv2d_weight(weight.to_mkldnn(), ones, ones, ones, 1, size);
        };
        layers_.push_back({.in = placed(torch::rand({1, channels, here, here})),
                           .out = placed(torch::rand({1, out, here, here})),
                           .weight = filter(channels, out),
                           .bias = torch::zeros({out}, torch::TensorOptions(type).device(network.device())),
                           .turned = filter(out, channels)});
        channels = out;
    }
}

void BareConvolutions::forward(bool relu) const {
    for (const auto& layer : layers_)
        convolved(layer.in, layer.weight, layer.bias, 1, relu);
}

void BareConvolutions::backward(int padding) const {
    for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer)
        convolved(layer->out, layer->turned, {}, padding, false);
}

} // namespace bench
