// SPDX-License-Identifier: GPL-3.0-or-later
// Paints in one pass on raw numbers, for comparison by one_pass_reference_test.py.
//
// one-pass-probe FOLDER: reads FOLDER/spec.json and content.f32 (float32 [1, 3, h, w]); writes result.f32,
// not clamped for a trained style. With "trained" in the spec style.safetensors paints, otherwise
// network.safetensors and decoder.safetensors, with style0.f32, style1.f32, … and region0.f32, … ([h, w]) for
// styles that have one.
#include "instant.hpp"
#include "picture_window.hpp"
#include "tensor.hpp"
#include "trained_network.hpp"

#include <neural_style/formatted.hpp>

#include <fstream>
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
    const auto values = tensor.contiguous();
    std::ofstream(file, std::ios::binary)
        .write(static_cast<const char*>(values.data_ptr()), std::streamsize(values.nbytes()));
}

} // namespace

int main(int, char** arguments) {
    const std::filesystem::path folder = arguments[1];
    const auto spec = nlohmann::json::parse(std::ifstream(folder / "spec.json"));
    const auto shape = spec.at("shape").get<std::vector<std::int64_t>>();
    const auto content = read(folder / "content.f32", shape);
    if (spec.contains("trained")) {
        const auto network =
            TrainedNetwork::read(folder / "style.safetensors").adapted(torch::kCPU, torch::kFloat32);
        write(folder / "result.f32", network.run(content, {}));
        return 0;
    }
    const FeatureNetwork encoder(Weights::read(folder / "network.safetensors"), torch::kCPU);
    const auto decoder =
        Decoder(Weights::read(folder / "decoder.safetensors"), encoder).adapted(torch::kCPU, torch::kFloat32);
    const InstantNetworks networks{encoder, decoder};
    Settings settings;
    settings.strength = spec.at("strength");
    settings.style_loss = *choice_named<StyleLoss>(spec.at("loss").get<std::string>());
    const Size size{int(shape[3]), int(shape[2])};
    const Image picture = to_image(content);
    InstantInput input{.content = picture, .styles = {}};
    std::vector<Size> sizes;
    int number = 0;
    for (const auto& style : spec.at("styles")) {
        const auto tensor = read(folder / formatted("style{}.f32", number),
                                 style.at("shape").get<std::vector<std::int64_t>>());
        input.styles.push_back(
            {.seen = {tensor}, .hash = std::uint64_t(number) + 1, .share = style.at("share")});
        if (style.at("region"))
            input.styles.back().region =
                read(folder / formatted("region{}.f32", number), {1, 1, shape[2], shape[3]});
        sizes.push_back({width_of(tensor), height_of(tensor)});
        ++number;
    }
    InstantLook look;
    look.noise = 0;
    look.strengths = spec.at("strengths").get<std::vector<double>>();
    auto plan = plan_instant(networks, settings, size, sizes, look);
    for (auto& stage : plan.stages)
        for (std::size_t i = 0; i < sizes.size(); ++i) // at their own size
            stage.style_sides[i] = std::sqrt(double(sizes[i].width) * sizes[i].height);
    StyleStatistics statistics;
    const auto painting = paint_instant(networks, plan, input, statistics, {[](double, ImageView) {}}, {});
    write(folder / "result.f32", to_tensor(painting, torch::kCPU));
}
