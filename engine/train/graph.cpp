// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph.hpp"

#include "guarded.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <array>
#include <cmath>
#include <format>
#include <nlohmann/json.hpp>
#include <torch/torch.h>
#include <utility>

namespace neural_style {

namespace {

using Json = nlohmann::ordered_json;

constexpr double norm_epsilon = 1e-5;
constexpr int largest_kernel = 31, largest_factor = 8, deepest_nesting = 4;

[[noreturn]] void refuse(std::string_view why) {
    throw Failure(ErrorCode::bad_weights,
                  std::format("The network's graph cannot be used: {}. Choose another file.", why));
}

int within(const Json& step, const char* key, int otherwise, int most) {
    const int value = step.value(key, otherwise);
    if (value < 1 || value > most)
        refuse(std::format("\"{}\" is {}", key, value));
    return value;
}

Graph parsed(const Json& json, int depth) {
    if (!json.is_array() || json.size() > 256 || depth > deepest_nesting)
        refuse("it is not a list of steps");
    Graph graph;
    for (const auto& entry : json) {
        GraphStep step;
        if (entry.contains("conv")) {
            step.name = entry.at("conv").get<std::string>();
            step.size = within(entry, "size", 3, largest_kernel);
            step.stride = within(entry, "stride", 1, largest_factor);
            if (entry.value("padding", "reflect") != "reflect")
                refuse(std::format("\"{}\" has another padding than reflect", step.name));
            if (entry.contains("relu") && entry.at("relu").is_string())
                step.tap = entry.at("relu").get<std::string>();
            step.relu = !step.tap.empty() || (entry.contains("relu") && entry.at("relu").get<bool>());
        } else if (entry.contains("pool")) {
            const auto kind = entry.at("pool").get<std::string>();
            if (kind != "average" && kind != "max")
                refuse(std::format("the pooling \"{}\" is unknown", kind));
            step.kind = kind == "max" ? GraphStep::Kind::max_pool : GraphStep::Kind::average_pool;
            step.size = within(entry, "size", 2, largest_factor);
        } else if (entry.contains("up")) {
            step.smooth = entry.at("up") == "bilinear";
            if (!step.smooth && entry.at("up") != "nearest")
                refuse("it enlarges in an unknown way");
            step.kind = GraphStep::Kind::upsample;
            step.size = within(entry, "size", 2, largest_factor);
        } else if (entry.contains("norm")) {
            step.kind = GraphStep::Kind::norm;
            step.name = entry.at("norm").get<std::string>();
        } else if (entry.contains("residual")) {
            step.kind = GraphStep::Kind::residual;
            step.inside = parsed(entry.at("residual"), depth + 1);
        } else if (entry.contains("relu")) {
            step.kind = GraphStep::Kind::relu;
        } else {
            refuse(std::format("it has the unknown step {}", entry.dump()));
        }
        graph.push_back(std::move(step));
    }
    return graph;
}

Json to_json(const Graph& graph) {
    Json list = Json::array();
    for (const auto& step : graph) {
        Json entry;
        switch (step.kind) {
        case GraphStep::Kind::convolution:
            entry = {
                {"conv", step.name}, {"size", step.size}, {"stride", step.stride}, {"padding", "reflect"}};
            if (!step.tap.empty())
                entry["relu"] = step.tap;
            else if (step.relu)
                entry["relu"] = true;
            break;
        case GraphStep::Kind::average_pool:
        case GraphStep::Kind::max_pool:
            entry = {{"pool", step.kind == GraphStep::Kind::max_pool ? "max" : "average"},
                     {"size", step.size}};
            break;
        case GraphStep::Kind::norm:
            entry = {{"norm", step.name}};
            break;
        case GraphStep::Kind::relu:
            entry = {{"relu", true}};
            break;
        case GraphStep::Kind::upsample:
            entry = {{"up", step.smooth ? "bilinear" : "nearest"}, {"size", step.size}};
            break;
        case GraphStep::Kind::residual:
            entry = {{"residual", to_json(step.inside)}};
            break;
        }
        list.push_back(std::move(entry));
    }
    return list;
}

torch::Tensor parameter(const Tensors& parameters, const std::string& name) {
    const auto found = parameters.find(name);
    if (found == parameters.end())
        refuse(std::format("the file lacks \"{}\"", name));
    return found->second;
}

// The mirrored margin's gradient goes to what it was copied from, a line at a time.
class Reflection : public torch::autograd::Function<Reflection> {
  public:
    static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& in,
                                 std::int64_t margin) {
        context->saved_data["margin"] = margin;
        return torch::reflection_pad2d(in, {margin, margin, margin, margin});
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list gradients) {
        const auto margin = context->saved_data["margin"].toInt();
        auto padded = gradients[0].clone(torch::MemoryFormat::ChannelsLast);
        for (const int dimension : {2, 3}) {
            const auto last = padded.size(dimension) - 1;
            const auto line = [&](std::int64_t at) { return padded.narrow(dimension, at, 1); };
            for (std::int64_t i = 0; i < margin; ++i) {
                line(2 * margin - i).add_(line(i));
                line(last - 2 * margin + i).add_(line(last - i));
            }
        }
        const auto inner = padded.narrow(2, margin, padded.size(2) - 2 * margin)
                               .narrow(3, margin, padded.size(3) - 2 * margin)
                               .contiguous(torch::MemoryFormat::ChannelsLast);
        return {inner, torch::Tensor()};
    }
};

// Instance norm (Ulyanov et al. 2016) with statistics in float32, whatever the features are. Written out,
// because autograd's own takes three times as many passes over features that lie channels last.
class InstanceNorm : public torch::autograd::Function<InstanceNorm> {
  public:
    static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& in,
                                 const torch::Tensor& weight, const torch::Tensor& bias) {
        const auto values = in.to(torch::kFloat32);
        const auto mean = values.mean({2, 3}, /*keepdim=*/true);
        const auto variance = values.square().mean({2, 3}, true).sub_(mean.square()).clamp_min_(0);
        const auto inverse = (variance + norm_epsilon).rsqrt_();
        const auto scale = weight.to(torch::kFloat32).view({1, -1, 1, 1}) * inverse;
        context->save_for_backward({in, weight, mean, inverse});
        return torch::addcmul(bias.to(torch::kFloat32).view({1, -1, 1, 1}) - mean * scale, values, scale)
            .to(in.scalar_type());
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto &in = saved[0], &weight = saved[1], &mean = saved[2], &inverse = saved[3];
        const auto gradient = gradients[0].to(torch::kFloat32);
        const auto whitened = in.to(torch::kFloat32).sub(mean).mul_(inverse);
        const auto of_bias = gradient.mean({2, 3}, /*keepdim=*/true);
        const auto of_weight = (gradient * whitened).mean({2, 3}, true);
        const auto scale = weight.to(torch::kFloat32).view({1, -1, 1, 1}) * inverse;
        const auto of_in = (gradient - of_bias).sub_(whitened * of_weight).mul_(scale);
        const double positions = double(in.size(2) * in.size(3));
        return {of_in.to(in.scalar_type()), of_weight.sum({0, 2, 3}).mul_(positions).to(weight.scalar_type()),
                of_bias.sum({0, 2, 3}).mul_(positions).to(weight.scalar_type())};
    }
};

} // namespace

Graph parsed_graph(std::string_view json) {
    try {
        return parsed(Json::parse(json), 0);
    } catch (const nlohmann::json::exception&) {
        refuse("it is not described as expected");
    }
}

std::string graph_text(const Graph& graph) {
    return to_json(graph).dump();
}

GraphStep convolution(std::string name, bool relu, int size, int stride) {
    GraphStep step;
    step.name = std::move(name);
    step.relu = relu;
    step.size = size;
    step.stride = stride;
    return step;
}

GraphStep upsampling(int factor, bool smooth) {
    GraphStep step;
    step.kind = GraphStep::Kind::upsample;
    step.size = factor;
    step.smooth = smooth;
    return step;
}

GraphStep norm(std::string name) {
    GraphStep step;
    step.kind = GraphStep::Kind::norm;
    step.name = std::move(name);
    return step;
}

GraphStep relu() {
    GraphStep step;
    step.kind = GraphStep::Kind::relu;
    return step;
}

GraphStep residual(Graph inside) {
    GraphStep step;
    step.kind = GraphStep::Kind::residual;
    step.inside = std::move(inside);
    return step;
}

torch::Tensor reflected(const torch::Tensor& in, int margin) {
    if (margin == 0)
        return in;
    return Reflection::apply(in, std::int64_t(margin));
}

torch::Tensor run(const Graph& graph, const Tensors& parameters, torch::Tensor in, const AtTap& at_tap) {
    auto features = std::move(in);
    for (const auto& step : graph) {
        switch (step.kind) {
        case GraphStep::Kind::convolution:
            features = torch::conv2d(reflected(features, step.size / 2),
                                     parameter(parameters, step.name + ".weight"),
                                     parameter(parameters, step.name + ".bias"), step.stride);
            if (step.relu)
                features = features.relu_();
            if (!step.tap.empty() && at_tap)
                features = at_tap(step.tap, std::move(features));
            break;
        case GraphStep::Kind::average_pool:
            features = torch::avg_pool2d(features, step.size);
            break;
        case GraphStep::Kind::max_pool:
            features = torch::max_pool2d(features, step.size);
            break;
        case GraphStep::Kind::norm: {
            features = InstanceNorm::apply(features, parameter(parameters, step.name + ".weight"),
                                           parameter(parameters, step.name + ".bias"));
            break;
        }
        case GraphStep::Kind::relu:
            features = features.relu();
            break;
        case GraphStep::Kind::upsample: {
            const std::array<std::int64_t, 2> size{features.size(2) * step.size,
                                                   features.size(3) * step.size};
            features = step.smooth ? torch::upsample_bilinear2d(features, size, /*align_corners=*/false)
                                   : torch::upsample_nearest2d(features, size);
            break;
        }
        case GraphStep::Kind::residual:
            features = features + run(step.inside, parameters, features, at_tap);
            break;
        }
    }
    return features;
}

Tensors converted(const Tensors& parameters, torch::ScalarType type) {
    Tensors result;
    for (const auto& [name, tensor] : parameters) {
        const auto values = tensor.to(type);
        result.emplace(name,
                       values.dim() == 4 ? values.contiguous(torch::MemoryFormat::ChannelsLast) : values);
    }
    return result;
}

void initialize(Tensors& parameters, const std::string& name, std::int64_t out, std::int64_t in, int size,
                bool relu, std::uint64_t seed) {
    auto generator = at::make_generator<at::CPUGeneratorImpl>(seed + std::hash<std::string>()(name));
    const double deviation = std::sqrt((relu ? 2.0 : 1.0) / (double(in) * size * size));
    parameters[name + ".weight"] =
        torch::randn({out, in, size, size}, generator, torch::kFloat32) * deviation;
    parameters[name + ".bias"] = torch::zeros({out});
}

} // namespace neural_style
