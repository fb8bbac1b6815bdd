// SPDX-License-Identifier: GPL-3.0-or-later
#include "random_network.hpp"

#include "weights.hpp"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

namespace tests {

namespace {

// Random tensors, and the header that describes them.
class RandomTensors {
  public:
    explicit RandomTensors(std::uint64_t seed) : random_(seed) {}

    void add(const std::string& name, const std::vector<int>& shape, float deviation, float mean = 0) {
        const auto begin = data.size();
        std::size_t count = 1;
        for (int side : shape)
            count *= std::size_t(side);
        for (std::size_t i = 0; i < count; ++i) {
            const float value = mean + normal_(random_) * deviation;
            data.append(reinterpret_cast<const char*>(&value), sizeof value);
        }
        header[name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {begin, data.size()}}};
    }
    // He initialisation keeps the features' variance from layer to layer.
    void add_convolution(const std::string& name, int in, int out, int size = 3) {
        add(name + ".weight", {out, in, size, size}, std::sqrt(2.0f / float(size * size * in)));
        add(name + ".bias", {out}, 0.1f);
    }
    void add_norm(const std::string& name, int channels) {
        add(name + ".weight", {channels}, 0.2f, 1);
        add(name + ".bias", {channels}, 0.2f);
    }
    void write(const std::filesystem::path& file) const { write_safetensors(file, header.dump(), data); }

    nlohmann::json header;
    std::string data;

  private:
    std::mt19937_64 random_;
    std::normal_distribution<float> normal_;
};

} // namespace

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
    RandomTensors tensors(network.seed);
    nlohmann::json graph = nlohmann::json::array();
    for (const auto& c : convolutions) {
        const std::string name = std::string("conv") + c.name;
        tensors.add_convolution(name, c.in, c.out);
        graph.push_back(
            {{"conv", name}, {"padding", network.padding}, {"relu", std::string("relu") + c.name}});
        if (c.pool_behind)
            graph.push_back({{"pool", network.pool}, {"size", 2}});
    }
    const nlohmann::json input{
        {"mean", {0.4, 0.5, 0.6}}, {"std", {0.2, 0.25, 0.3}}, {"channels", network.channels}};
    tensors.header["__metadata__"] = {{"format", "neural-style-backbone/1"},
                                      {"graph", graph.dump()},
                                      {"input", input.dump()},
                                      {"style_taps", "relu1_1 relu2_1 relu3_1"},
                                      {"content_tap", "relu2_1"}};
    tensors.write(file);
}

void write_random_decoder(const std::filesystem::path& file, const std::filesystem::path& network,
                          std::uint64_t seed, const std::string& hash) {
    struct Block {
        const char *from, *to;
        int in, out;
        bool up;
    };
    RandomTensors tensors(seed);
    nlohmann::json blocks = nlohmann::json::array();
    for (const Block& b :
         {Block{"relu3_1", "relu2_1", 16, 12, true}, Block{"relu2_1", "relu1_1", 12, 8, true},
          Block{"relu1_1", "picture", 8, 3, false}}) {
        const auto name = std::string("to_") + b.to;
        tensors.add_convolution(name + "_1", b.in, b.in);
        tensors.add_convolution(name + "_2", b.in, b.out);
        nlohmann::json graph = {{{"conv", name + "_1"}, {"padding", "reflect"}, {"relu", true}}};
        if (b.up)
            graph.push_back({{"up", "nearest"}, {"size", 2}});
        graph.push_back({{"conv", name + "_2"}, {"padding", "reflect"}, {"relu", b.up}});
        blocks.push_back({{"from", b.from}, {"to", b.to}, {"graph", graph}});
    }
    tensors.header["__metadata__"] = {
        {"format", "neural-style-decoder/1"},
        {"encoder_hash", hash.empty() ? neural_style::Weights::read(network).hash() : hash},
        {"blocks", blocks.dump()}};
    tensors.write(file);
}

void write_random_style(const std::filesystem::path& file, StyleLayout layout, std::uint64_t seed) {
    RandomTensors tensors(seed);
    nlohmann::json graph = nlohmann::json::array();
    const bool published = layout == StyleLayout::published;
    const auto convolution = [&](nlohmann::json& steps, const std::string& name, const std::string& norm,
                                 int in, int out, int size, int stride, bool relu) {
        const auto tensor = published ? name + ".conv2d" : name;
        tensors.add_convolution(tensor, in, out, size);
        steps.push_back({{"conv", tensor}, {"size", size}, {"stride", stride}, {"padding", "reflect"}});
        if (!norm.empty()) {
            tensors.add_norm(norm, out);
            steps.push_back({{"norm", norm}});
        }
        if (relu)
            steps.push_back({{"relu", true}});
    };
    convolution(graph, "conv1", "in1", 3, 8, 9, 1, true);
    convolution(graph, "conv2", "in2", 8, 12, 3, 2, true);
    convolution(graph, "conv3", "in3", 12, 16, 3, 2, true);
    for (int i = 1; i <= (published ? 5 : 2); ++i) {
        const auto name = "res" + std::to_string(i);
        nlohmann::json steps = nlohmann::json::array();
        convolution(steps, name + ".conv1", name + ".in1", 16, 16, 3, 1, true);
        convolution(steps, name + ".conv2", name + ".in2", 16, 16, 3, 1, false);
        graph.push_back({{"residual", steps}});
    }
    graph.push_back({{"up", "nearest"}, {"size", 2}});
    convolution(graph, "deconv1", "in4", 16, 12, 3, 1, true);
    graph.push_back({{"up", "nearest"}, {"size", 2}});
    convolution(graph, "deconv2", "in5", 12, 8, 3, 1, true);
    convolution(graph, "deconv3", "", 8, 3, 9, 1, false);
    if (!published)
        tensors.header["__metadata__"] = {{"format", "neural-style-feed-forward/1"},
                                          {"name", "random"},
                                          {"title", "Random"},
                                          {"graph", graph.dump()}};
    tensors.write(file);
}

} // namespace tests
