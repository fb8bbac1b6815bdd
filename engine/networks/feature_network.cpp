// SPDX-License-Identifier: GPL-3.0-or-later
#include "feature_network.hpp"

#include "guarded.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <torch/types.h>
#include <utility>
#include <variant>

namespace neural_style {

namespace {

std::vector<std::string> words(const std::string& text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
}

// Mean activation after max pooling, relative to average pooling: 1.37 to 1.49 from the first to the last
// pooling of the shipped network, on eleven photos and paintings. Crowson's style-transfer-pytorch uses 2.
constexpr double max_over_average = 1.4;

// The network with other poolings. If possible, the next convolution compensates for the different scale of a
// pooling's output. The shortcut of a residual cannot, so poolings before one stay as they are.
Graph with_pooling(Graph graph, bool maximum) {
    for (auto step = graph.begin(); step != graph.end(); ++step) {
        auto* pooling = std::get_if<PoolingStep>(&*step);
        if (!pooling || pooling->maximum == maximum)
            continue;
        const auto next = std::find_if(step, graph.end(), [](const GraphStep& behind) {
            return !std::holds_alternative<PoolingStep>(behind) && !std::holds_alternative<ReluStep>(behind);
        });
        auto* convolution = next == graph.end() ? nullptr : std::get_if<ConvolutionStep>(&*next);
        if (next != graph.end() && !convolution)
            continue;
        pooling->maximum = maximum;
        if (convolution)
            convolution->weight = convolution->weight * (maximum ? 1 / max_over_average : max_over_average);
    }
    return graph;
}

// Of the graph as read, as adapted and as computed with, forward and backward.
std::uint64_t weight_bytes_of(const Graph& graph, torch::Device device, torch::ScalarType type) {
    std::uint64_t sum = 0;
    for (const auto& step : graph) {
        if (const auto* convolution = std::get_if<ConvolutionStep>(&step)) {
            const auto& weight = convolution->weight;
            sum +=
                std::uint64_t(weight.numel()) * 3 * sizeof(float) +
                2 * Convolution::weight_bytes(weight, device, type, convolution->stride, convolution->groups);
        } else if (const auto* residual = std::get_if<ResidualStep>(&step)) {
            sum += weight_bytes_of(residual->inside, device, type) +
                   weight_bytes_of(residual->shortcut, device, type);
        } else if (const auto* branches = std::get_if<BranchesStep>(&step)) {
            for (const auto& branch : branches->branches)
                sum += weight_bytes_of(branch, device, type);
        }
    }
    return sum;
}

// Convolutions whose output before the ReLU is wanted become two steps.
Graph tapped_before_relus(Graph graph, const std::set<std::string>& wanted) {
    Graph result;
    for (auto& step : graph) {
        auto* convolution = std::get_if<ConvolutionStep>(&step);
        if (!convolution || convolution->before.empty() || !wanted.contains(convolution->before)) {
            result.push_back(std::move(step));
            continue;
        }
        ReluStep relu{std::exchange(convolution->tap, std::exchange(convolution->before, {}))};
        convolution->relu = false;
        result.push_back(std::move(step));
        result.push_back({std::move(relu)});
    }
    return result;
}

std::map<std::string, std::string> names_of_others(const Weights& weights) {
    const auto text = weights.metadata("names");
    if (text.empty())
        return {};
    try {
        return nlohmann::json::parse(text).get<std::map<std::string, std::string>>();
    } catch (const nlohmann::json::exception&) {
        weights.refuse("its metadata \"names\" are not described as expected");
    }
}

// Somewhere a channel does not see all others.
bool has_groups(const Graph& graph) {
    return std::ranges::any_of(graph, [](const GraphStep& step) {
        if (const auto* convolution = std::get_if<ConvolutionStep>(&step))
            return convolution->groups > 1;
        if (const auto* residual = std::get_if<ResidualStep>(&step))
            return has_groups(residual->inside) || has_groups(residual->shortcut);
        if (const auto* branches = std::get_if<BranchesStep>(&step))
            return std::ranges::any_of(branches->branches, has_groups);
        return false;
    });
}

} // namespace

FeatureNetwork::FeatureNetwork(const Weights& weights, torch::Device device)
    : device_(device), hash_(weights.hash()) {
    if (weights.metadata("format") != "neural-style-backbone/1")
        weights.refuse("it does not describe a feature network that this version knows");
    read_input_ = NetworkInput::read(weights);
    input_ = read_input_.on(device);
    graph_ = read_graph(weights, weights.metadata("graph"), 3);
    const Sequence outline(graph_, {.outline = true});
    for (std::size_t i = 0; i < graph_.size(); ++i)
        if (!outline.layers()[i]->has_backward())
            weights.refuse(formatted("its graph has a step \"{}\" that no feature network can have",
                                     word_of(graph_[i])));
    find_places();
    const auto known = layers();
    if (known.empty())
        weights.refuse("its graph has no step with a name to tap it by");
    if (outline.layers().front()->backward_reads_input()) // which is not kept
        weights.refuse("its graph does not begin with a convolution");
    style_taps_ = words(weights.metadata("style_taps"));
    content_taps_ = words(weights.metadata("content_tap"));
    if (style_taps_.empty() || content_taps_.empty())
        weights.refuse("it does not say which layers to tap");
    for (const auto* taps : {&style_taps_, &content_taps_})
        for (const auto& name : *taps)
            if (!std::ranges::contains(known, name))
                weights.refuse(formatted("it taps \"{}\", which is no step of its graph", name));
    names_ = names_of_others(weights);
    const auto smoothing = weights.metadata("smoothing");
    if (!smoothing.empty() && smoothing != "softmax")
        weights.refuse(formatted("it asks for the unknown smoothing \"{}\"", smoothing));
    smoothed_ = !smoothing.empty();
    prepare();
}

void FeatureNetwork::find_places() {
    const Sequence outline(graph_, {.outline = true});
    places_.clear();
    Shape shape{.channels = 3};
    int stride = 1;
    for (std::size_t i = 0; i < graph_.size(); ++i) {
        const auto& layer = *outline.layers()[i];
        shape = layer.out(shape);
        stride *= layer.stride();
        places_.push_back({tap_of(graph_[i]), int(shape.channels), stride});
    }
}

void FeatureNetwork::prepare() {
    layers_ = Sequence(graph_, {.device = device_, .type = type_, .backward = true});
}

FeatureNetwork FeatureNetwork::adapted(torch::Device device, torch::ScalarType type, Pooling pooling,
                                       const std::vector<std::string>& tapped) const {
    const torch::NoGradGuard no_grad;
    auto other = *this;
    other.device_ = device;
    // There MobileNetV2's gradient in bfloat16 has nothing in common with that in float32.
    other.type_ = has_groups(graph_) && torch::elementSize(type) < 4 ? torch::kFloat32 : type;
    other.input_ = read_input_.on(device);
    if (pooling != Pooling::network)
        other.graph_ = with_pooling(graph_, pooling == Pooling::max);
    std::set<std::string> own_names;
    for (const auto& name : tapped)
        own_names.insert(own_name(name));
    other.graph_ = tapped_before_relus(std::move(other.graph_), own_names);
    other.find_places();
    other.prepare();
    return other;
}

const std::string& FeatureNetwork::own_name(const std::string& name) const {
    const auto found = names_.find(name);
    return found == names_.end() ? name : found->second;
}

int FeatureNetwork::halo(int deepest, int around) const {
    for (int i = deepest; i >= 0; --i)
        around = at(i).around(around);
    const int multiple = stride(deepest);
    return (around + multiple - 1) / multiple * multiple;
}

int FeatureNetwork::layer(const std::string& name) const {
    const auto found = std::ranges::find(places_, own_name(name), &Place::name);
    if (!name.empty() && found != places_.end())
        return int(found - places_.begin());
    std::string known;
    for (const auto& layer : layers())
        known += (known.empty() ? "" : ", ") + layer;
    throw Failure(ErrorCode::invalid_request,
                  formatted("The network has no layer \"{}\"; choose from {}.", name, known));
}

bool FeatureNetwork::can_tap(const std::string& name) const {
    const auto& own = own_name(name);
    const auto before_relu = [&](const GraphStep& step) {
        const auto* convolution = std::get_if<ConvolutionStep>(&step);
        return convolution && convolution->before == own;
    };
    return !own.empty() &&
           (std::ranges::contains(places_, own, &Place::name) || std::ranges::any_of(graph_, before_relu));
}

std::string FeatureNetwork::nearest_layer(const std::string& name) const {
    // "relu5_2": block 5, layer 2. Layers with other names are in the block of a VGG's layers with their
    // stride.
    using PlaceInVgg = std::pair<int, int>;
    const auto told = [](const std::string& layer) {
        PlaceInVgg place{};
        const bool is_told = std::sscanf(layer.c_str(), "relu%d_%d", &place.first, &place.second) == 2;
        return is_told ? std::optional(place) : std::nullopt;
    };
    std::map<int, int> layers_in_block;
    std::map<std::string, PlaceInVgg> place_of;
    for (const auto& layer : places_)
        if (!layer.name.empty()) {
            const int block = std::bit_width(unsigned(layer.stride));
            place_of[layer.name] = told(layer.name).value_or(PlaceInVgg(block, ++layers_in_block[block]));
        }
    const auto wanted = told(name).value_or(PlaceInVgg());
    const auto known = layers();
    std::string nearest = known.front();
    for (const auto& layer : known) {
        if (layer == name)
            return name;
        const auto here = place_of[layer], so_far = place_of[nearest];
        const bool same_block = here.first == wanted.first && so_far.first == wanted.first;
        if (same_block ? std::abs(here.second - wanted.second) < std::abs(so_far.second - wanted.second)
                       : here.first <= wanted.first)
            nearest = layer;
    }
    return nearest;
}

std::vector<std::string> FeatureNetwork::layers() const {
    std::vector<std::string> names;
    for (const auto& place : places_)
        if (!place.name.empty())
            names.push_back(place.name);
    return names;
}

int FeatureNetwork::beyond(int deepest) const {
    // Of so many positions none is special any more.
    constexpr std::int64_t positions = 64;
    std::int64_t beyond = 0;
    for (int layer = 0; layer <= deepest; ++layer) {
        auto side = positions;
        for (int i = layer; i >= 0; --i)
            side = at(i).least_side(side);
        beyond = std::max(beyond, side - positions * stride(layer));
    }
    return int(beyond);
}

int FeatureNetwork::smallest_side(int deepest) const {
    std::int64_t side = 2; // the consumer may mirror one position
    for (int i = deepest; i >= 0; --i)
        side = std::max(side, at(i).least_side(side));
    return std::max(int(side), beyond(deepest) + 1); // what lies beyond is mirrored
}

std::vector<torch::Tensor> FeatureNetwork::forward(const torch::Tensor& picture, int deepest,
                                                   const std::stop_token& stop) const {
    std::vector<torch::Tensor> outputs;
    outputs.reserve(std::size_t(deepest) + 1);
    visit(picture, deepest, stop, [&](int, const torch::Tensor& features) { outputs.push_back(features); });
    return outputs;
}

void FeatureNetwork::visit(const torch::Tensor& picture, int deepest, const std::stop_token& stop,
                           const Visit& visit) const {
    const torch::NoGradGuard no_grad;
    auto features = input_.of(picture).to(type_);
    for (int i = 0; i <= deepest; ++i) {
        stop_if_asked(stop);
        features = at(i).forward(std::move(features), {stop});
        visit(i, features);
    }
}

torch::Tensor FeatureNetwork::backward(const torch::Tensor& picture, std::vector<torch::Tensor> outputs,
                                       const AddGradient& add_gradient, const std::stop_token& stop) const {
    const torch::NoGradGuard no_grad;
    auto gradient = torch::zeros_like(outputs.back());
    for (int i = int(outputs.size()) - 1; i >= 0; --i) {
        stop_if_asked(stop);
        const auto out = std::exchange(outputs[std::size_t(i)], {});
        add_gradient(i, out, gradient);
        gradient = at(i).backward(i > 0 ? outputs[std::size_t(i - 1)] : picture, out, std::move(gradient));
    }
    return input_.gradient(gradient);
}

FeatureNetwork::Cost FeatureNetwork::cost(int width, int height, int deepest) const {
    Cost cost;
    const double bytes = double(torch::elementSize(type_));
    Shape shape{.channels = 3, .height = double(height), .width = double(width)};
    for (int i = 0; i <= deepest; ++i) {
        const auto own = at(i).cost(shape);
        shape = at(i).out(shape);
        const auto out_bytes = std::uint64_t(shape.values() * bytes);
        cost.operations += own.operations;
        cost.transient_bytes = std::max(cost.transient_bytes, std::uint64_t(own.transient * bytes));
        cost.kept_bytes += out_bytes;
        cost.largest_bytes = std::max(cost.largest_bytes, out_bytes);
    }
    return cost;
}

std::uint64_t FeatureNetwork::weight_bytes() const {
    return weight_bytes_of(graph_, device_, type_);
}

} // namespace neural_style
