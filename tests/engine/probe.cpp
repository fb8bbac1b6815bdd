// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the engine's objective and optimisers on raw numbers, for comparison by reference_test.py.
//
// probe FOLDER: reads FOLDER/spec.json, network.safetensors, content.f32, picture.f32, style0.f32,
// style1.f32, … (float32 [1, 3, h, w]), region0.f32, … ([h, w]) for styles that have one, and
// neighbor_rows.f32, neighbor_means.f32 and neighbor_weights.f32 if the spec has matches; writes gradient.f32
// and result.f32 (the picture after the last step), prints the losses as JSON.
#include "feature_network.hpp"
#include "minimize.hpp"
#include "neighbor_loss.hpp"
#include "painting_objective.hpp"

#include <neural_style/formatted.hpp>

#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <torch/types.h>

using namespace neural_style;

namespace {

torch::Tensor read(const std::filesystem::path& file, const std::vector<std::int64_t>& shape) {
    auto tensor = torch::empty(shape);
    std::ifstream stream(file, std::ios::binary);
    if (!stream.read(static_cast<char*>(tensor.data_ptr()), std::streamsize(tensor.nbytes())))
        throw std::runtime_error("cannot read " + file.string());
    return tensor;
}

void write(const std::filesystem::path& file, const torch::Tensor& tensor) {
    const auto values = tensor.detach().contiguous();
    std::ofstream(file, std::ios::binary)
        .write(static_cast<const char*>(values.data_ptr()), std::streamsize(values.nbytes()));
}

// Files of rows and means contain whole columns, the layers' channels in sequence.
NeighborTarget neighbors(const FeatureNetwork& network, const std::filesystem::path& folder,
                         const nlohmann::json& json) {
    const auto grid = json.at("grid").get<std::vector<std::int64_t>>();
    const auto numbers = [&](const char* name) {
        return torch::tensor(json.at(name).get<std::vector<int>>(), torch::kInt32);
    };
    NeighborTarget target{.layers = {},
                          .rows = {},
                          .means = {},
                          .style_of_row = numbers("style_of_row"),
                          .match = numbers("match").view(grid),
                          .weights = read(folder / "neighbor_weights.f32", grid)};
    std::vector<std::int64_t> channels;
    for (const auto& name : json.at("layers")) {
        target.layers.push_back(network.layer(name.get<std::string>()));
        channels.push_back(network.channels(target.layers.back()));
    }
    const auto read_columns = [&](const char* name) {
        return read(folder / formatted("neighbor_{}.f32", name),
                    json.at(name).get<std::vector<std::int64_t>>())
            .split_with_sizes(channels, 1);
    };
    target.rows = read_columns("rows");
    target.means = read_columns("means");
    return target;
}

WeightedLayers layers(const nlohmann::json& json) {
    return json.get<WeightedLayers>();
}

} // namespace

int main(int, char** arguments) {
    const std::filesystem::path folder = arguments[1];
    const auto spec = nlohmann::json::parse(std::ifstream(folder / "spec.json"));
    const FeatureNetwork network(Weights::read(folder / "network.safetensors"), torch::kCPU);
    const auto shape = spec.at("shape").get<std::vector<std::int64_t>>();
    const auto picture = read(folder / "picture.f32", shape);
    PaintingObjective objective(network, *choice_named<StyleLoss>(spec.at("loss").get<std::string>()),
                                {.content = spec.at("content_weight"),
                                 .style = spec.at("style_weight"),
                                 .tv = spec.at("tv_weight"),
                                 .color_tv = spec.at("color_tv"),
                                 .weave = spec.at("weave")},
                                {}, spec.at("smoothed").get<bool>());
    objective.content_like(read(folder / "content.f32", shape), layers(spec.at("content_layers")), {});
    int number = 0;
    for (const auto& style : spec.at("styles")) {
        StylePlace place{.share = style.at("share")};
        if (style.at("region"))
            place.weights = read(folder / formatted("region{}.f32", number), {shape[2], shape[3]});
        objective.style_like(read(folder / formatted("style{}.f32", number),
                                  style.at("shape").get<std::vector<std::int64_t>>()),
                             layers(spec.at("style_layers")), place, {});
        ++number;
    }

    if (spec.contains("neighbors"))
        objective.add(std::make_unique<NeighborLoss>(
            network, neighbors(network, folder, spec.at("neighbors")), spec.at("neighbors_weight")));

    torch::Tensor gradient;
    const auto losses = objective.evaluate(picture, &gradient, {});
    write(folder / "gradient.f32", gradient);
    torch::Tensor last;
    minimize(
        picture, [&](const torch::Tensor& p, torch::Tensor* g) { return objective.evaluate(p, g, {}); },
        {.optimizer = *choice_named<Optimizer>(spec.at("optimizer").get<std::string>()),
         .iterations = spec.at("steps"),
         .learning_rate = spec.at("learning_rate"),
         .beta1 = spec.at("beta1"),
         .epsilon = spec.at("epsilon")},
        [&](int, const Losses&, const torch::Tensor& p) { last = p.clone(); });
    write(folder / "result.f32", last);
    std::cout.precision(12);
    nlohmann::json values;
    losses.each([&](std::string_view name, const Loss& loss) { values[std::string(name)] = loss.value; });
    std::cout << values << '\n';
}
