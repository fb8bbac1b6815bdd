// SPDX-License-Identifier: GPL-3.0-or-later
#include "trained_network.hpp"

#include "guarded.hpp"
#include "network_formats.hpp"
#include "picture_window.hpp"
#include "tensor.hpp"
#include "tiles_in_turn.hpp"

#include <neural_style/formatted.hpp>
#include <neural_style/plain_text.hpp>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <torch/types.h>
#include <utility>

namespace neural_style {

namespace {

// Largest version of a picture on which norms are measured.
constexpr double most_measured_pixels = 1 << 20;

// The name of a tensor that only the published layout has.
constexpr const char* published_mark = "deconv3.conv2d.weight";

// TransformerNet of https://github.com/pytorch/examples/tree/main/fast_neural_style, as steps of a graph.
nlohmann::json published_graph() {
    using nlohmann::json;
    json graph = json::array();
    const auto convolution = [](const std::string& name, int size, int stride) {
        return json{{"conv", name + ".conv2d"}, {"size", size}, {"stride", stride}, {"padding", "reflect"}};
    };
    const auto layer = [&](const std::string& name, const std::string& norm, int size, int stride) {
        graph.push_back(convolution(name, size, stride));
        graph.push_back({{"norm", norm}});
        graph.push_back({{"relu", true}});
    };
    layer("conv1", "in1", 9, 1);
    layer("conv2", "in2", 3, 2);
    layer("conv3", "in3", 3, 2);
    for (int i = 1; i <= 5; ++i) {
        const auto block = "res" + std::to_string(i);
        graph.push_back({{"residual",
                          {convolution(block + ".conv1", 3, 1),
                           {{"norm", block + ".in1"}},
                           {{"relu", true}},
                           convolution(block + ".conv2", 3, 1),
                           {{"norm", block + ".in2"}}}}});
    }
    for (int i = 1; i <= 2; ++i) {
        graph.push_back({{"up", "nearest"}, {"size", 2}});
        layer("deconv" + std::to_string(i), "in" + std::to_string(i + 3), 3, 1);
    }
    graph.push_back(convolution("deconv3", 9, 1));
    return graph;
}
constexpr double published_range = 255;

} // namespace

TrainedNetwork TrainedNetwork::read(const std::filesystem::path& file) {
    const auto weights = Weights::read(file);
    TrainedNetwork network;
    nlohmann::json graph;
    if (weights.metadata("format") == trained_style_format) {
        graph = nlohmann::json::parse(weights.metadata("graph"), nullptr, /*allow_exceptions=*/false);
    } else if (weights.contains(published_mark)) {
        graph = published_graph();
        network.range_ = published_range;
    } else {
        weights.refuse("it is not a trained style that this version knows");
    }
    network.chain_ = Chain::read(weights, graph, 3);
    if (network.chain_.channels_out() != 3 || network.chain_.enlargement() != 1)
        weights.refuse("what it paints is no picture of the photo's size");
    return network;
}

std::optional<TrainedStyle> TrainedNetwork::described(const std::filesystem::path& file) {
    const auto outline = Weights::outline_of(file);
    const auto value = [&](const char* key, std::string otherwise) {
        const auto found = outline.metadata.find(key);
        return found == outline.metadata.end() || found->second.empty() ? std::move(otherwise)
                                                                        : found->second;
    };
    const bool published = std::ranges::find(outline.names, published_mark) != outline.names.end();
    if (value("format", {}) != trained_style_format && !published)
        return std::nullopt;
    const auto name = file.stem().string();
    Settings named;
    named.trained_style = name;
    if (check(named) || name != plain_line(name))
        throw Failure(ErrorCode::bad_weights,
                      formatted("The trained style {} cannot be chosen by its file's name. Give it a name of "
                                "at most {} letters, without dots at the beginning or backslashes.",
                                file.string(), SettingsRange::name_length_max));
    return TrainedStyle{.name = name, .title = plain_line(value("title", name), title_bytes_max)};
}

TrainedNetwork TrainedNetwork::adapted(torch::Device device, torch::ScalarType type) const {
    auto other = *this;
    other.device_ = device;
    other.type_ = type;
    other.ready_ = chain_.adapted(device, type, Chain::End::exact);
    return other;
}

TrainedNetwork TrainedNetwork::with_norms(const NormStatistics& statistics) const {
    auto other = *this;
    other.chain_ = chain_.with_norms(statistics);
    return other.adapted(device_, type_);
}

torch::Tensor TrainedNetwork::run(const torch::Tensor& picture, const std::stop_token& stop,
                                  NormStatistics* measured) const {
    const torch::NoGradGuard no_grad;
    auto in = picture.to(device_);
    if (range_ != 1)
        in = in * range_;
    auto out = ready_.run(channels_last(in.to(type_)), stop, measured);
    return range_ != 1 ? out.div_(range_) : out;
}

int TrainedNetwork::halo() const {
    const int around = chain_.around(0), multiple = chain_.multiple();
    return (around + multiple - 1) / multiple * multiple;
}

double TrainedNetwork::bytes() const {
    return chain_.widest() * double(torch::elementSize(type_));
}

Image paint_trained_style(const TrainedNetwork& network, const TrainedStylePlan& plan, SamplesView content,
                          const std::function<void(double)>& on_progress, const std::stop_token& stop) {
    const torch::NoGradGuard no_grad;
    const int multiple = network.multiple();
    const auto beyond = plan.wraps ? Beyond::again : Beyond::mirrored;
    // Mirrored at the borders, and large enough for kernels that mirror themselves.
    const auto tiling_of = [&](Size size, int tile_side) {
        const auto even = [&](int length) {
            return (std::max(length, network.smallest_side()) + multiple - 1) / multiple * multiple;
        };
        return Tiling(even(size.width), even(size.height),
                      {.side = tile_side, .halo = network.halo(), .stride = multiple, .wraps = plan.wraps});
    };
    const auto tiling = tiling_of(plan.size, plan.tile_side);
    Image painting(plan.size.width, plan.size.height);
    const auto* painter = &network;
    std::optional<TrainedNetwork> fixed;
    const double pixels = double(plan.size.width) * plan.size.height;
    double work = 0, done = 0;
    for (const auto& tile : tiling.tiles())
        work += tile.seen_pixels();
    if (tiling.tiles().size() > 1 && network.has_norms()) {
        const double factor = std::min(1.0, std::sqrt(most_measured_pixels / pixels));
        const Size small{std::max(1, int(std::lround(plan.size.width * factor))),
                         std::max(1, int(std::lround(plan.size.height * factor)))};
        const auto version = channels_last(reduced(content, small));
        const auto whole = tiling_of(small, 0);
        const auto& tile = whole.tiles().front();
        NormStatistics measured;
        network.run(window({version.const_data_ptr<float>(), small.width, small.height}, tile, beyond), stop,
                    &measured);
        fixed = network.with_norms(measured);
        painter = &*fixed;
        done += tile.seen_pixels();
        work += tile.seen_pixels();
        on_progress(done / work);
    }
    tiles_in_turn(
        painter->device(), tiling.tiles(), [&](const Tile& tile) { return window(content, tile, beyond); },
        [&](const torch::Tensor& seen) { return painter->run(seen, stop); },
        [&](const Tile& tile, const torch::Tensor& painted) {
            put(painted, tile, painting);
            done += tile.seen_pixels();
            on_progress(std::min(1.0, done / work));
        });
    return painting;
}

} // namespace neural_style
