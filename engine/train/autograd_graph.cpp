// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd_graph.hpp"

#include "guarded.hpp"
#include "instance_norm.hpp"

#include <neural_style/formatted.hpp>

#include <ATen/CPUGeneratorImpl.h>
#include <array>
#include <cmath>
#include <memory>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>
#include <torch/torch.h>
#include <type_traits>
#include <utility>
#include <variant>

namespace neural_style {

namespace {

torch::Tensor parameter(const Tensors& parameters, const std::string& name) {
    const auto found = parameters.find(name);
    if (found == parameters.end())
        throw Failure(ErrorCode::bad_weights,
                      formatted("The network lacks \"{}\". Choose another file.", name));
    return found->second;
}

// The nodes below are written as in LibTorch's own functions, not with torch::autograd::Function: that
// template's list of flags makes GCC 14 warn about LibTorch's headers.
template <typename Backward, typename Pointer = decltype(torch::autograd::Edge::function)>
Pointer new_node(torch::autograd::edge_list edges, Backward* made) {
    made->set_next_edges(std::move(edges));
    if constexpr (std::is_same_v<Pointer, std::shared_ptr<torch::autograd::Node>>)
        return Pointer(made, [](auto* node) { deleteNode(node); }); // else long graphs overflow the stack
    else
        return Pointer::unsafe_steal_from_new(made); // newer versions of LibTorch count references inside
}

// `out`, recorded as the result of the node.
template <typename Backward>
torch::Tensor recorded(torch::Tensor out, torch::autograd::edge_list edges, Backward* made) {
    torch::autograd::set_history(out, new_node(std::move(edges), made));
    return out;
}

struct ReflectionBackward final : torch::autograd::Node {
    explicit ReflectionBackward(int width) : margin(width) {}

    torch::autograd::variable_list apply(torch::autograd::variable_list&& gradients) override {
        const torch::NoGradGuard no_grad;
        return {
            padding_gradient(gradients[0].clone(torch::MemoryFormat::ChannelsLast), Border::reflect, margin)};
    }

    int margin;
};

struct InstanceNormBackward final : torch::autograd::Node {
    InstanceNormBackward(const torch::Tensor& features, const torch::Tensor& factor, torch::Tensor means,
                         torch::Tensor inverse_deviations)
        : in(features, /*is_output=*/false), weight(factor, /*is_output=*/false), mean(std::move(means)),
          inverse(std::move(inverse_deviations)) {}

    torch::autograd::variable_list apply(torch::autograd::variable_list&& gradients) override {
        const torch::NoGradGuard no_grad;
        const auto features = in.unpack(), factor = weight.unpack();
        const auto gradient = gradients[0].to(torch::kFloat32);
        const auto whitened = features.to(torch::kFloat32).sub(mean).mul_(inverse);
        const auto of_bias = gradient.mean({2, 3}, /*keepdim=*/true);
        const auto of_weight = (gradient * whitened).mean({2, 3}, true);
        const auto scale = factor.to(torch::kFloat32).view({1, -1, 1, 1}) * inverse;
        const auto of_in = (gradient - of_bias).sub_(whitened * of_weight).mul_(scale);
        const double positions = double(features.size(2) * features.size(3));
        return {of_in.to(features.scalar_type()),
                of_weight.sum({0, 2, 3}).mul_(positions).to(factor.scalar_type()),
                of_bias.sum({0, 2, 3}).mul_(positions).to(factor.scalar_type())};
    }

    void release_variables() override {
        in.reset_data();
        weight.reset_data();
        mean.reset();
        inverse.reset();
    }

    torch::autograd::SavedVariable in, weight;
    torch::Tensor mean, inverse;
};

// Instance norm (Ulyanov et al. 2016) with statistics in float32, whatever the type of the features. Written
// by hand, because autograd's own takes three times as many passes over channels_last features.
torch::Tensor instance_norm(const torch::Tensor& in, const torch::Tensor& weight, const torch::Tensor& bias) {
    const bool records = torch::autograd::compute_requires_grad(in, weight, bias);
    torch::Tensor mean, inverse, out;
    {
        const torch::NoGradGuard no_grad;
        const auto values = in.to(torch::kFloat32);
        mean = values.mean({2, 3}, /*keepdim=*/true);
        const auto variance = values.square().mean({2, 3}, true).sub_(mean.square()).clamp_min_(0);
        inverse = (variance + norm_epsilon).rsqrt_();
        const auto scale = weight.to(torch::kFloat32).view({1, -1, 1, 1}) * inverse;
        out = torch::addcmul(bias.to(torch::kFloat32).view({1, -1, 1, 1}) - mean * scale, values, scale)
                  .to(in.scalar_type());
    }
    if (!records)
        return out;
    return recorded(out, torch::autograd::collect_next_edges(in, weight, bias),
                    new InstanceNormBackward(in, weight, std::move(mean), std::move(inverse)));
}

// Runs the steps in order.
struct Runner {
    const Tensors& parameters;
    const AtTap& at_tap;
    torch::Tensor features;

    void operator()(const Graph& graph) {
        for (const auto& step : graph) {
            std::visit(*this, static_cast<const GraphStep::variant&>(step));
            if (const auto tap = tap_of(step); !tap.empty() && at_tap)
                features = at_tap(tap, std::move(features));
        }
    }
    void operator()(const ConvolutionStep& step) {
        const int margin = step.border == Border::none ? 0 : step.size / 2;
        const auto in = step.border == Border::reflect ? reflected(features, margin)
                                                       : padded(features, step.border, margin);
        const std::array<std::int64_t, 2> strides{step.stride, step.stride}, none{0, 0}, ones{1, 1};
        features =
            torch::conv2d(in, parameter(parameters, step.name + ".weight"),
                          parameter(parameters, step.name + ".bias"), strides, none, ones, step.groups);
        if (step.relu)
            features = features.relu_();
        if (step.limit > 0)
            features = features.clamp_max(step.limit);
    }
    void operator()(const PoolingStep& step) {
        features = step.maximum ? torch::max_pool2d(features, step.size, 2, step.padding, 1, step.rest)
                                : torch::avg_pool2d(features, step.size, 2, step.padding, step.rest,
                                                    /*count_include_pad=*/false);
    }
    void operator()(const UpsamplingStep& step) {
        const std::array<std::int64_t, 2> size{features.size(2) * step.size, features.size(3) * step.size};
        features = step.smooth ? torch::upsample_bilinear2d(features, size, /*align_corners=*/false)
                               : torch::upsample_nearest2d(features, size);
    }
    void operator()(const NormStep& step) {
        features = instance_norm(features, parameter(parameters, step.name + ".weight"),
                                 parameter(parameters, step.name + ".bias"));
    }
    void operator()(const ReluStep&) { features = features.relu(); }
    void operator()(const ResidualStep& step) {
        const auto in = features;
        (*this)(step.shortcut);
        const auto beside = std::exchange(features, in);
        (*this)(step.inside);
        features = beside + features;
        if (step.relu)
            features = features.relu_();
    }
    void operator()(const BranchesStep& step) {
        const auto in = features;
        std::vector<torch::Tensor> outputs;
        for (const auto& branch : step.branches) {
            features = in;
            (*this)(branch);
            outputs.push_back(features);
        }
        features = torch::cat(outputs, 1);
    }
};

} // namespace

ConvolutionStep convolution(std::string name, bool relu, int size, int stride) {
    return {.name = std::move(name), .relu = relu, .size = size, .stride = stride, .border = Border::reflect};
}

ConvolutionStep tapped(std::string name, std::string tap) {
    auto step = convolution(std::move(name), true);
    step.tap = std::move(tap);
    return step;
}

Tensors parameters_of(const Graph& graph) {
    Tensors parameters;
    const auto add = [&](const auto& step) {
        if constexpr (requires { step.inside; }) {
            parameters.merge(parameters_of(step.inside));
            parameters.merge(parameters_of(step.shortcut));
        } else if constexpr (requires { step.branches; }) {
            for (const auto& branch : step.branches)
                parameters.merge(parameters_of(branch));
        } else if constexpr (requires { step.weight; }) {
            parameters.emplace(step.name + ".weight", step.weight);
            parameters.emplace(step.name + ".bias", step.bias);
        }
    };
    for (const auto& step : graph)
        std::visit(add, static_cast<const GraphStep::variant&>(step));
    return parameters;
}

torch::Tensor reflected(const torch::Tensor& in, int margin) {
    if (margin == 0)
        return in;
    const bool records = torch::autograd::compute_requires_grad(in);
    torch::Tensor out;
    {
        const torch::NoGradGuard no_grad;
        out = padded(in, Border::reflect, margin);
    }
    if (!records)
        return out;
    return recorded(out, torch::autograd::collect_next_edges(in), new ReflectionBackward(margin));
}

torch::Tensor run(const Graph& graph, const Tensors& parameters, torch::Tensor in, const AtTap& at_tap) {
    Runner runner{parameters, at_tap, std::move(in)};
    runner(graph);
    return runner.features;
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
