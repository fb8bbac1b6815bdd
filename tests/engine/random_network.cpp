// SPDX-License-Identifier: GPL-3.0-or-later
#include "random_network.hpp"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

namespace tests {

void write_safetensors(const std::filesystem::path& file, const std::string& header,
                       const std::string& data) {
    std::ofstream stream(file, std::ios::binary);
    const std::uint64_t length = header.size();
    stream.write(reinterpret_cast<const char*>(&length), sizeof length);
    stream << header << data;
}

void write_random_network(const std::filesystem::path& file, const RandomNetwork& network) {
    struct Convolution {
        const char* name;
        int in, out;
        bool pool_behind;
    };
    const std::vector<Convolution> convolutions{
        {"1_1", 3, 8, false}, {"1_2", 8, 8, true}, {"2_1", 8, 12, true}, {"3_1", 12, 16, false}};
    std::mt19937_64 random(network.seed);
    std::normal_distribution<float> normal;
    nlohmann::json header, graph = nlohmann::json::array();
    std::string data;
    const auto add = [&](const std::string& name, const std::vector<int>& shape, float deviation) {
        const auto begin = data.size();
        std::size_t count = 1;
        for (int side : shape)
            count *= std::size_t(side);
        for (std::size_t i = 0; i < count; ++i) {
            const float value = normal(random) * deviation;
            data.append(reinterpret_cast<const char*>(&value), sizeof value);
        }
        header[name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {begin, data.size()}}};
    };
    for (const auto& c : convolutions) {
        const std::string name = std::string("conv") + c.name;
        // He initialisation keeps the features' variance from layer to layer.
        add(name + ".weight", {c.out, c.in, 3, 3}, std::sqrt(2.0f / float(9 * c.in)));
        add(name + ".bias", {c.out}, 0.1f);
        graph.push_back(
            {{"conv", name}, {"padding", network.padding}, {"relu", std::string("relu") + c.name}});
        if (c.pool_behind)
            graph.push_back({{"pool", network.pool}, {"size", 2}});
    }
    const nlohmann::json input{
        {"mean", {0.4, 0.5, 0.6}}, {"std", {0.2, 0.25, 0.3}}, {"channels", network.channels}};
    header["__metadata__"] = {{"format", "neural-style-backbone/1"},
                              {"graph", graph.dump()},
                              {"input", input.dump()},
                              {"style_taps", "relu1_1 relu2_1 relu3_1"},
                              {"content_tap", "relu2_1"}};
    write_safetensors(file, header.dump(), data);
}

} // namespace tests
