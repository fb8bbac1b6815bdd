// SPDX-License-Identifier: GPL-3.0-or-later
#include "network_input.hpp"

#include "convolution.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace neural_style {

namespace {

using Json = nlohmann::json;

torch::Tensor three_values(const Json& json, double otherwise) {
    const auto values = json.is_null() ? std::vector<double>(3, otherwise) : json.get<std::vector<double>>();
    if (values.size() != 3)
        throw Json::other_error::create(501, "three values expected", nullptr);
    return torch::tensor(values, torch::kFloat64);
}

} // namespace

NetworkInput NetworkInput::read(const Weights& weights) {
    try {
        const auto json = Json::parse(weights.metadata("input"));
        const auto mean = three_values(json.value("mean", Json()), 0);
        const auto deviation = three_values(json.value("std", Json()), 1);
        const double top = json.contains("range") ? json.at("range").at(1).get<double>() : 1.0;
        if (!(deviation > 0).all().item<bool>())
            weights.refuse("its input deviation is not positive");
        NetworkInput input{.scale = (top / deviation).to(torch::kFloat32).view({1, 3, 1, 1}),
                           .offset = (-mean / deviation).to(torch::kFloat32).view({1, 3, 1, 1}),
                           .blue_first = json.value("channels", "RGB") == "BGR"};
        if (!(input.scale.isfinite() & input.offset.isfinite()).all().item<bool>())
            weights.refuse("its input deviation or range leaves what numbers can hold");
        return input;
    } catch (const Json::exception&) {
        weights.refuse("its metadata \"input\" are missing or not described as expected");
    }
}

NetworkInput NetworkInput::on(torch::Device device) const {
    return {.scale = scale.to(device), .offset = offset.to(device), .blue_first = blue_first};
}

torch::Tensor NetworkInput::of(const torch::Tensor& pictures) const {
    const auto scaled = channels_last(pictures.to(scale.device())).mul(scale).add_(offset);
    return channels_last(blue_first ? scaled.flip(1) : scaled);
}

torch::Tensor NetworkInput::gradient(const torch::Tensor& of_seen) const {
    return (blue_first ? of_seen.flip(1) : of_seen).to(torch::kFloat32).mul_(scale);
}

} // namespace neural_style
