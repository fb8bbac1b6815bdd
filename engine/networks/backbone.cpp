// SPDX-License-Identifier: GPL-3.0-or-later
#include "backbone.hpp"

#include "guarded.hpp"
#include "max_pooling.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <format>
#include <nlohmann/json.hpp>
#include <sstream>
#include <torch/types.h>
#include <utility>

namespace neural_style {

namespace {

constexpr std::size_t most_steps = 256;
// Positions of deeper layers would stand for whole photos; VGG's deepest have 16.
constexpr int largest_stride = 256;
// The engine tells its layers' names in one message of limited length.
constexpr std::size_t longest_name = 64;

// Names stand in lists separated by spaces.
bool can_be_said(const std::string& name) {
    return !name.empty() && name.size() <= longest_name &&
           std::ranges::all_of(name, [](char c) { return c > ' ' && c < 127; });
}

std::vector<std::string> words(const std::string& text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
}

nlohmann::json parsed_metadata(const Weights& weights, const std::string& key) {
    auto json = nlohmann::json::parse(weights.metadata(key), nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded())
        weights.refuse(std::format("its metadata \"{}\" are missing or not JSON", key));
    return json;
}

torch::Tensor three_values(const nlohmann::json& json, double otherwise) {
    const auto values = json.is_null() ? std::vector<double>(3, otherwise) : json.get<std::vector<double>>();
    if (values.size() != 3)
        throw nlohmann::json::other_error::create(501, "three values expected", nullptr);
    return torch::tensor(values, torch::kFloat64);
}

// Mean activation behind max pooling, relative to average pooling: 1.37 to 1.49 from the first to the last
// pooling of the shipped network, on eleven photos and paintings. Crowson's style-transfer-pytorch takes 2.
constexpr double max_over_average = 1.4;

// Gradient of what was padded by one pixel, given that of the padded, which is changed: the border's part
// goes to the pixels that it was copied from. LibTorch's own does the same pixel by pixel, in ten times the
// time.
torch::Tensor without_padding(const torch::Tensor& of_padded, bool reflected) {
    for (const int dimension : {2, 3}) {
        const auto last = of_padded.size(dimension) - 1;
        const auto line = [&](std::int64_t at) { return of_padded.narrow(dimension, at, 1); };
        line(reflected ? 2 : 1).add_(line(0));
        line(reflected ? last - 2 : last - 1).add_(line(last));
    }
    return channels_last(of_padded.narrow(2, 1, of_padded.size(2) - 2).narrow(3, 1, of_padded.size(3) - 2));
}

// A quarter of the gradient goes to each of the four; rows and columns that no position covers get none.
torch::Tensor average_pool_backward(const torch::Tensor& gradient, const torch::Tensor& in) {
    const auto height = gradient.size(2), width = gradient.size(3);
    const bool covered = in.size(2) == 2 * height && in.size(3) == 2 * width;
    auto result = covered ? torch::empty_like(in) : torch::zeros_like(in);
    const auto quarter = gradient * 0.25;
    for (const int y : {0, 1})
        for (const int x : {0, 1})
            result.slice(2, y, 2 * height, 2).slice(3, x, 2 * width, 2).copy_(quarter);
    return result;
}

} // namespace

Backbone::Backbone(const Weights& weights, torch::Device device) : device_(device), hash_(weights.hash()) {
    if (weights.metadata("format") != "neural-style-backbone/1")
        weights.refuse("it does not describe a feature network that this version knows");
    try {
        const auto input = parsed_metadata(weights, "input");
        const auto mean = three_values(input.value("mean", nlohmann::json()), 0);
        const auto deviation = three_values(input.value("std", nlohmann::json()), 1);
        const double top = input.contains("range") ? input.at("range").at(1).get<double>() : 1.0;
        blue_first_ = input.value("channels", "RGB") == "BGR";
        if (!(deviation > 0).all().item<bool>())
            weights.refuse("its input deviation is not positive");
        scale_ = (top / deviation).to(torch::kFloat32).view({1, 3, 1, 1}).to(device);
        offset_ = (-mean / deviation).to(torch::kFloat32).view({1, 3, 1, 1}).to(device);
        if (!(scale_.isfinite() & offset_.isfinite()).all().item<bool>())
            weights.refuse("its input deviation or range leaves what numbers can hold");

        const auto graph = parsed_metadata(weights, "graph");
        if (!graph.is_array() || graph.empty() || graph.size() > most_steps)
            weights.refuse("its graph is not a list of steps");
        std::int64_t channels = 3;
        int stride = 1;
        for (const auto& entry : graph) {
            Step step;
            if (entry.contains("conv")) {
                const auto name = entry.at("conv").get<std::string>();
                step.name = entry.at("relu").get<std::string>();
                if (!can_be_said(step.name))
                    weights.refuse(std::format("the layer behind \"{}\" has no name of 1 to {} plain letters",
                                               name, longest_name));
                if (std::ranges::contains(steps_, step.name, &Step::name))
                    weights.refuse(std::format("it has two layers of the name \"{}\"", step.name));
                const auto padding = entry.value("padding", "zeros");
                const auto border = border_named(padding);
                if (!border)
                    weights.refuse(std::format("\"{}\" has the unknown padding \"{}\"", name, padding));
                step.border = *border;
                const auto weight = weights.tensor(name + ".weight");
                const auto bias = weights.tensor(name + ".bias");
                if (weight.dim() != 4 || weight.size(1) != channels || weight.size(2) != 3 ||
                    weight.size(3) != 3 || weight.size(0) < 1 || bias.dim() != 1 ||
                    bias.size(0) != weight.size(0))
                    weights.refuse(std::format("\"{}\" does not fit the layer before it", name));
                channels = weight.size(0);
                if (channels > most_channels)
                    weights.refuse(std::format("\"{}\" has more than {} channels", name, most_channels));
                step.weight = weight;
                step.bias = bias;
                if (!weight.isfinite().all().item<bool>() || !bias.isfinite().all().item<bool>())
                    weights.refuse(std::format("\"{}\" holds values that are not numbers", name));
            } else {
                const auto kind = entry.at("pool").get<std::string>();
                if ((kind != "average" && kind != "max") || entry.value("size", 2) != 2)
                    weights.refuse(std::format("it has the unknown pooling \"{}\"", kind));
                step.kind = kind == "max" ? Kind::max_pool : Kind::average_pool;
                stride *= 2;
                if (stride > largest_stride)
                    weights.refuse("it pools more often than pictures allow");
            }
            step.channels = channels;
            step.stride = stride;
            steps_.push_back(std::move(step));
        }
    } catch (const nlohmann::json::exception&) {
        weights.refuse("its graph or its input is not described as expected");
    }
    const auto known = layers();
    if (known.empty())
        weights.refuse("its graph has no convolution");
    style_taps_ = words(weights.metadata("style_taps"));
    content_taps_ = words(weights.metadata("content_tap"));
    if (style_taps_.empty() || content_taps_.empty())
        weights.refuse("it does not say which layers to tap");
    for (const auto* taps : {&style_taps_, &content_taps_})
        for (const auto& name : *taps)
            if (!std::ranges::contains(known, name))
                weights.refuse(std::format("it taps \"{}\", which is no convolution of its graph", name));
    prepare();
}

void Backbone::prepare() {
    for (auto& step : steps_) {
        if (step.kind != Kind::convolution)
            continue;
        step.forward = Convolution(step.weight, step.bias, device_, type_);
        step.backward = Convolution(step.weight.flip({2, 3}).transpose(0, 1), {}, device_, type_);
    }
}

Backbone Backbone::adapted(torch::Device device, torch::ScalarType type, Pooling pooling) const {
    const torch::NoGradGuard no_grad;
    auto other = *this;
    other.device_ = device;
    other.type_ = type;
    other.scale_ = scale_.to(device);
    other.offset_ = offset_.to(device);
    double scale = 1;
    for (auto& step : other.steps_) {
        if (step.kind == Kind::convolution) {
            if (scale != 1)
                step.weight = step.weight * scale;
            scale = 1;
        } else if (pooling == Pooling::average && step.kind == Kind::max_pool) {
            step.kind = Kind::average_pool;
            scale *= max_over_average;
        } else if (pooling == Pooling::max && step.kind == Kind::average_pool) {
            step.kind = Kind::max_pool;
            scale /= max_over_average;
        }
    }
    other.prepare();
    return other;
}

int Backbone::halo(int deepest, int around) const {
    int reach = around;
    for (int i = deepest; i >= 0; --i)
        // A tile of own positions is twice as long before a pooling, and so is what it looks at around them.
        reach = steps_[std::size_t(i)].kind == Kind::convolution ? reach + 1 : 2 * reach;
    const int multiple = stride(deepest);
    return (reach + multiple - 1) / multiple * multiple;
}

int Backbone::layer(const std::string& name) const {
    const auto found = std::ranges::find(steps_, name, &Step::name);
    if (found != steps_.end() && found->kind == Kind::convolution)
        return int(found - steps_.begin());
    std::string known;
    for (const auto& layer : layers())
        known += (known.empty() ? "" : ", ") + layer;
    throw Failure(ErrorCode::invalid_request,
                  std::format("The network has no layer \"{}\"; choose from {}.", name, known));
}

std::string Backbone::nearest_layer(const std::string& name) const {
    // "relu5_2": block 5, layer 2. Names of another kind sort before all of these.
    const auto place = [](const std::string& layer) {
        int block = 0, number = 0;
        std::sscanf(layer.c_str(), "%*[^0-9]%d_%d", &block, &number);
        return std::pair(block, number);
    };
    const auto wanted = place(name);
    const auto known = layers();
    std::string nearest = known.front();
    for (const auto& layer : known) {
        if (layer == name)
            return name;
        const auto here = place(layer), so_far = place(nearest);
        const bool same_block = here.first == wanted.first && so_far.first == wanted.first;
        if (same_block ? std::abs(here.second - wanted.second) < std::abs(so_far.second - wanted.second)
                       : here.first <= wanted.first)
            nearest = layer;
    }
    return nearest;
}

std::vector<std::string> Backbone::layers() const {
    std::vector<std::string> names;
    for (const auto& step : steps_)
        if (step.kind == Kind::convolution)
            names.push_back(step.name);
    return names;
}

int Backbone::smallest_side(int deepest) const {
    int side = 2; // reflect padding needs a neighbour to mirror
    for (int i = deepest; i >= 0; --i)
        if (steps_[std::size_t(i)].kind != Kind::convolution)
            side *= 2;
    return side;
}

torch::Tensor Backbone::input(const torch::Tensor& picture) const {
    auto scaled = picture.contiguous(torch::MemoryFormat::ChannelsLast).mul(scale_).add_(offset_);
    return channels_last(blue_first_ ? scaled.flip(1) : scaled).to(type_);
}

torch::Tensor Backbone::run(const Step& step, const torch::Tensor& in) const {
    if (step.kind == Kind::average_pool)
        return torch::avg_pool2d(in, 2);
    if (step.kind == Kind::max_pool)
        return max_pooled(in);
    if (step.border == Border::zeros)
        return step.forward(in, {.zeros = 1, .relu = true});
    return step.forward(padded(in, step.border, 1), {.relu = true});
}

torch::Tensor Backbone::run_back(const Step& step, const torch::Tensor& in,
                                 const torch::Tensor& gradient) const {
    if (step.kind == Kind::average_pool)
        return average_pool_backward(gradient, in);
    if (step.kind == Kind::max_pool)
        return max_pool_gradient(gradient, in);
    if (step.border == Border::zeros)
        return step.backward(gradient, {.zeros = 1});
    return without_padding(step.backward(gradient, {.zeros = 2}), step.border == Border::reflect);
}

std::vector<torch::Tensor> Backbone::forward(const torch::Tensor& picture, int deepest,
                                             const std::stop_token& stop) const {
    std::vector<torch::Tensor> outputs;
    outputs.reserve(std::size_t(deepest) + 1);
    visit(picture, deepest, stop, [&](int, const torch::Tensor& features) { outputs.push_back(features); });
    return outputs;
}

void Backbone::visit(const torch::Tensor& picture, int deepest, const std::stop_token& stop,
                     const Visit& visit) const {
    const torch::NoGradGuard no_grad;
    auto features = input(picture);
    for (int i = 0; i <= deepest; ++i) {
        stop_if_asked(stop);
        features = run(steps_[std::size_t(i)], features);
        visit(i, features);
    }
}

torch::Tensor Backbone::backward(std::vector<torch::Tensor> outputs, const AddGradient& add_gradient,
                                 const std::stop_token& stop) const {
    const torch::NoGradGuard no_grad;
    auto gradient = torch::zeros_like(outputs.back());
    for (std::size_t i = outputs.size(); i-- > 0;) {
        stop_if_asked(stop);
        const auto out = std::exchange(outputs[i], {});
        add_gradient(int(i), out, gradient);
        const auto& step = steps_[i];
        if (step.kind == Kind::convolution)
            at::threshold_backward_out(gradient, gradient, out, 0);
        if (i > 0) {
            gradient = run_back(step, outputs[i - 1], gradient);
        } else {
            // Of the network's input only the shape is needed: three channels in the layout of the features.
            const auto in = torch::empty({1, 3, out.size(2), out.size(3)}, out.options(),
                                         torch::MemoryFormat::ChannelsLast);
            gradient = run_back(step, in, gradient);
        }
    }
    if (blue_first_)
        gradient = gradient.flip(1);
    return gradient.to(torch::kFloat32).mul_(scale_);
}

Backbone::Cost Backbone::cost(int width, int height, int deepest) const {
    Cost cost;
    const double bytes = double(torch::elementSize(type_));
    double w = width, h = height, in_channels = 3;
    for (int i = 0; i <= deepest; ++i) {
        const auto& step = steps_[std::size_t(i)];
        const double channels = double(step.channels);
        if (step.kind == Kind::convolution) {
            const double in_bytes = w * h * in_channels * bytes;
            const double out_bytes = w * h * channels * bytes;
            cost.operations += 2 * 9 * in_channels * channels * w * h;
            // Backward: the gradient behind, the padded gradient in front, and its unpadded copy.
            cost.transient_bytes = std::max(cost.transient_bytes, std::uint64_t(out_bytes + 2 * in_bytes));
            cost.kept_bytes += std::uint64_t(out_bytes);
            cost.largest_bytes = std::max(cost.largest_bytes, std::uint64_t(out_bytes));
        } else {
            w = std::floor(w / 2);
            h = std::floor(h / 2);
            cost.kept_bytes += std::uint64_t(w * h * channels * bytes);
        }
        in_channels = channels;
    }
    return cost;
}

} // namespace neural_style
