// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd_network.hpp"

#include "guarded.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <sstream>
#include <string_view>
#include <torch/torch.h>
#include <utility>
#include <variant>

namespace neural_style {

namespace {

constexpr const char* feature_network_format = "neural-style-backbone/1";

[[noreturn]] void refuse(const Weights& weights, std::string_view why) {
    throw Failure(ErrorCode::bad_weights,
                  formatted("{} cannot be used as a feature network: {}. Choose another file.",
                            weights.file().string(), why));
}

// VGG's blocks, as many as the file has (Simonyan and Zisserman 2015), with Gatys' average pooling. A
// convolution is stored under its own name or, in torchvision's files, under its index among convolutions,
// ReLUs and poolings.
Graph vgg_of(const Weights& weights) {
    Graph graph;
    int place = 0;
    for (int block = 1; block <= 5; ++block) {
        for (int layer = 1; layer <= 4; ++layer) {
            const auto name = formatted("conv{}_{}", block, layer), placed = formatted("features.{}", place);
            const auto stored = weights.contains(name + ".weight") ? name : placed;
            if (!weights.contains(stored + ".weight"))
                break;
            if (block > 1 && layer == 1)
                graph.emplace_back(PoolingStep{});
            graph.emplace_back(tapped(stored, formatted("relu{}_{}", block, layer)));
            place += 2; // its ReLU
        }
        place += 1; // the pooling
    }
    if (graph.empty())
        refuse(weights, "it neither describes itself nor has VGG's layers");
    find_tensors(graph, weights, 3);
    for (auto& step : graph)
        if (auto* convolution = std::get_if<ConvolutionStep>(&step))
            convolution->name = "conv" + convolution->tap.substr(std::string_view("relu").size());
    return graph;
}

// Normalisation of torchvision's networks.
constexpr std::array torchvision_mean{0.485, 0.456, 0.406}, torchvision_deviation{0.229, 0.224, 0.225};

torch::Tensor per_channel(const std::array<double, 3>& values) {
    return torch::tensor(at::ArrayRef<double>(values), torch::kFloat32).view({1, 3, 1, 1});
}

} // namespace

AutogradNetwork::AutogradNetwork(const Weights& weights, torch::Device device, torch::ScalarType type)
    : type_(type) {
    if (weights.metadata("format") == feature_network_format) {
        graph_ = read_graph(weights, weights.metadata("graph"), 3);
        input_ = NetworkInput::read(weights);
        std::istringstream names(weights.metadata("taps"));
        taps_.assign(std::istream_iterator<std::string>(names), {});
    } else {
        graph_ = vgg_of(weights);
        for (const auto& step : graph_)
            if (auto tap = tap_of(step); !tap.empty())
                taps_.push_back(std::move(tap));
        input_ = {.scale = torch::ones({1, 3, 1, 1}), .offset = torch::zeros({1, 3, 1, 1})};
        if (weights.contains("features.0.weight"))
            input_ = {.scale = 1 / per_channel(torchvision_deviation),
                      .offset = -per_channel(torchvision_mean) / per_channel(torchvision_deviation)};
        if (weights.contains("input.weight")) {
            mix_ = weights.tensor("input.weight");
            if (mix_.sizes() != at::IntArrayRef({3, 3, 1, 1}))
                refuse(weights, "\"input\" has another size than 3x3x1x1");
            input_.offset = weights.tensor("input.bias").view({1, 3, 1, 1});
            mix_ = mix_.to(device, torch::kFloat32);
        }
    }
    input_ = input_.on(device);
    for (const auto& [name, tensor] : parameters_of(graph_))
        parameters_.emplace(name, tensor.to(device));
    computed_ = converted(parameters_, type);
}

torch::Tensor AutogradNetwork::prepared(const torch::Tensor& pictures) const {
    return input_.of(mix_.defined() ? torch::conv2d(pictures, mix_) : pictures).to(type_);
}

Tensors AutogradNetwork::features(const torch::Tensor& pictures) const {
    Tensors found;
    run(graph_, computed_, prepared(pictures), [&](const std::string& tap, torch::Tensor features) {
        if (std::ranges::find(taps_, tap) != taps_.end())
            found.emplace(tap, features.to(torch::kFloat32));
        return features;
    });
    return found;
}

} // namespace neural_style
