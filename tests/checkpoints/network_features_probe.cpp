// SPDX-License-Identifier: GPL-3.0-or-later
// network-features-probe FOLDER TYPE: adds FOLDER/weights.pth as a network, shows it FOLDER/picture.f32
// (float32 [1, 3, h, w], whose sides are in sides.json) in float32, bfloat16 or float64, and writes each
// tap's output, by each of its names, float32, as FOLDER/TAP.f32 and the gradient of the sum over the style
// taps of half their mean square as gradient.f32. Prints the taps with their shapes.
#include "added_network.hpp"
#include "checkpoint.hpp"
#include "feature_network.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <torch/types.h>
#include <vector>

using namespace neural_style;

namespace {

std::filesystem::path added(const std::filesystem::path& folder) {
    const auto checkpoint = Checkpoint::open(folder / "weights.pth");
    if (!checkpoint)
        throw std::runtime_error(checkpoint.error().message);
    const auto found = recognized(checkpoint->tensors());
    if (!found)
        throw std::runtime_error(found.error().why);
    if (const auto loaded = checkpoint->load(*found); !loaded)
        throw std::runtime_error(loaded.error().message);
    const auto bytes = added_network(*found, {.source = "weights.pth", .sha256 = ""});
    if (!bytes)
        throw std::runtime_error(bytes.error().why);
    const auto file = folder / "network.safetensors";
    std::ofstream(file, std::ios::binary).write(bytes->data(), std::streamsize(bytes->size()));
    return file;
}

void write(const std::filesystem::path& file, const torch::Tensor& tensor) {
    const auto values = tensor.to(torch::kFloat32).contiguous();
    std::ofstream(file, std::ios::binary)
        .write(static_cast<const char*>(values.data_ptr()), std::streamsize(values.nbytes()));
}

} // namespace

int main(int, char** arguments) {
    const std::filesystem::path folder = arguments[1];
    const std::string wanted = arguments[2];
    const auto type = wanted == "bfloat16"  ? torch::kBFloat16
                      : wanted == "float64" ? torch::kFloat64
                                            : torch::kFloat32;
    const auto weights = Weights::read(added(folder));
    std::vector<std::string> others; // names
    if (const auto text = weights.metadata("names"); !text.empty())
        for (const auto& [other, ours] :
             nlohmann::json::parse(text).get<std::map<std::string, std::string>>())
            others.push_back(other);
    const FeatureNetwork read(weights, torch::kCPU);
    // All of them are asked for, so those before a ReLU are there as well.
    auto asked = others;
    for (const auto* name : {"bn1", "features.0"})
        asked.emplace_back(name);
    const auto network = read.adapted(torch::kCPU, type, Pooling::network, asked);
    auto sides = nlohmann::json::parse(std::ifstream(folder / "sides.json")).get<std::vector<std::int64_t>>();
    auto picture = torch::empty({1, 3, sides[0], sides[1]});
    std::ifstream(folder / "picture.f32", std::ios::binary)
        .read(static_cast<char*>(picture.data_ptr()), std::streamsize(picture.nbytes()));

    auto names = network.layers();
    const auto outputs = network.forward(picture, network.layer(names.back()), {});
    names.insert(names.end(), others.begin(), others.end());
    nlohmann::json shapes;
    for (const auto& name : names) {
        const auto& features = outputs[std::size_t(network.layer(name))];
        write(folder / (name + ".f32"), features);
        shapes[name] = features.sizes().vec();
    }
    std::vector<int> style;
    for (const auto& name : network.style_taps())
        style.push_back(network.layer(name));
    const auto gradient =
        network.backward(picture, {outputs.begin(), outputs.begin() + std::ranges::max(style) + 1},
                         [&](int layer, const torch::Tensor& features, torch::Tensor& of_features) {
                             if (std::ranges::contains(style, layer))
                                 of_features.add_(features, 1 / double(features.numel()));
                         },
                         {});
    write(folder / "gradient.f32", gradient);
    std::puts(nlohmann::json{{"shapes", shapes}, {"style", network.style_taps()}}.dump().c_str());
}
