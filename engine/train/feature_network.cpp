// SPDX-License-Identifier: GPL-3.0-or-later
#include "feature_network.hpp"

#include "guarded.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <torch/torch.h>

namespace neural_style {

namespace {

constexpr const char* backbone_format = "neural-style-backbone/1";

[[noreturn]] void refuse(const Weights& weights, std::string_view why) {
    throw Failure(ErrorCode::bad_weights,
                  std::format("{} cannot be used as a feature network: {}. Choose another file.",
                              weights.file().string(), why));
}

// VGG's blocks as far as the file has them (Simonyan and Zisserman 2015), with Gatys' average pooling. A
// convolution is stored under its own name or, as torchvision stores it, under its place among convolutions,
// ReLUs and poolings.
struct Vgg {
    Graph graph;
    std::map<std::string, std::string> stored; // names in the file
};

Vgg vgg_of(const Weights& weights) {
    Vgg vgg;
    int place = 0;
    for (int block = 1; block <= 5; ++block) {
        for (int layer = 1; layer <= 4; ++layer) {
            const auto name = std::format("conv{}_{}", block, layer),
                       placed = std::format("features.{}", place);
            const auto stored = weights.contains(name + ".weight") ? name : placed;
            if (!weights.contains(stored + ".weight"))
                break;
            if (block > 1 && layer == 1) {
                GraphStep pool;
                pool.kind = GraphStep::Kind::average_pool;
                pool.size = 2;
                vgg.graph.push_back(pool);
            }
            auto step = convolution(name, true);
            step.tap = std::format("relu{}_{}", block, layer);
            vgg.graph.push_back(step);
            vgg.stored.emplace(name, stored);
            place += 2; // its ReLU
        }
        place += 1; // the pooling
    }
    if (vgg.graph.empty())
        refuse(weights, "it neither describes itself nor has VGG's layers");
    return vgg;
}

// What torchvision's networks were trained on.
constexpr std::array torchvision_mean{0.485, 0.456, 0.406}, torchvision_deviation{0.229, 0.224, 0.225};

torch::Tensor three(const nlohmann::json& values, double otherwise) {
    const auto list =
        values.is_null() ? std::vector<double>(3, otherwise) : values.get<std::vector<double>>();
    if (list.size() != 3)
        throw nlohmann::json::other_error::create(501, "three values expected", nullptr);
    return torch::tensor(list, torch::kFloat32).view({1, 3, 1, 1});
}

} // namespace

FeatureNetwork::FeatureNetwork(const Weights& weights, torch::Device device, torch::ScalarType type)
    : type_(type) {
    std::map<std::string, std::string> stored; // names in the file, where they are others
    scale_ = torch::ones({1, 3, 1, 1});
    offset_ = torch::zeros({1, 3, 1, 1});
    if (weights.metadata("format") == backbone_format) {
        graph_ = parsed_graph(weights.metadata("graph"));
        try {
            const auto input = nlohmann::json::parse(weights.metadata("input"));
            const auto mean = three(input.value("mean", nlohmann::json()), 0),
                       deviation = three(input.value("std", nlohmann::json()), 1);
            const double top = input.contains("range") ? input.at("range").at(1).get<double>() : 1.0;
            scale_ = top / deviation;
            offset_ = -mean / deviation;
            if (input.value("channels", "RGB") == "BGR")
                mix_ = torch::eye(3).flip(0).view({3, 3, 1, 1}).to(device, type);
        } catch (const nlohmann::json::exception&) {
            refuse(weights, "its input is not described as expected");
        }
        std::istringstream names(weights.metadata("taps"));
        taps_.assign(std::istream_iterator<std::string>(names), {});
    } else {
        auto vgg = vgg_of(weights);
        graph_ = std::move(vgg.graph);
        stored = std::move(vgg.stored);
        if (weights.contains("features.0.weight")) {
            const auto mean = three(nlohmann::json(torchvision_mean), 0),
                       deviation = three(nlohmann::json(torchvision_deviation), 1);
            scale_ = 1 / deviation;
            offset_ = -mean / deviation;
        }
        if (weights.contains("input.weight")) {
            mix_ = weights.tensor("input.weight");
            if (mix_.sizes() != at::IntArrayRef({3, 3, 1, 1}))
                refuse(weights, "\"input\" has another size than 3x3x1x1");
            offset_ = weights.tensor("input.bias").view({1, 3, 1, 1});
            mix_ = mix_.to(device, torch::kFloat32);
        }
    }
    scale_ = scale_.to(device);
    offset_ = offset_.to(device);
    std::int64_t channels = 3;
    for (const auto& step : graph_) {
        if (step.kind != GraphStep::Kind::convolution)
            continue;
        for (const char* part : {".weight", ".bias"})
            parameters_[step.name + part] =
                weights.tensor((stored.contains(step.name) ? stored.at(step.name) : step.name) + part)
                    .to(device);
        const auto& weight = parameters_.at(step.name + ".weight");
        if (weight.dim() != 4 || weight.size(1) != channels || weight.size(2) != step.size ||
            weight.size(3) != step.size ||
            parameters_.at(step.name + ".bias").sizes() != at::IntArrayRef({weight.size(0)}))
            refuse(weights, std::format("\"{}\" does not fit the layer before it", step.name));
        channels = weight.size(0);
        if (weights.metadata("format") != backbone_format)
            taps_.push_back(step.tap);
    }
    computed_ = converted(parameters_, type);
}

torch::Tensor FeatureNetwork::prepared(const torch::Tensor& pictures) const {
    auto input = pictures;
    if (mix_.defined())
        input = torch::conv2d(input, mix_.to(input.scalar_type()));
    return (input * scale_ + offset_).to(type_, false, false, torch::MemoryFormat::ChannelsLast);
}

Tensors FeatureNetwork::features(const torch::Tensor& pictures) const {
    Tensors found;
    run(graph_, computed_, prepared(pictures), [&](const std::string& tap, torch::Tensor features) {
        if (std::ranges::find(taps_, tap) != taps_.end())
            found.emplace(tap, features.to(torch::kFloat32));
        return features;
    });
    return found;
}

} // namespace neural_style
