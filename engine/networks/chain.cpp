// SPDX-License-Identifier: GPL-3.0-or-later
#include "chain.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

namespace neural_style {

namespace {

// Of sides that all strides divide.
constexpr int largest_multiple = 256;

// In the order of their forward passes.
template <typename Visit>
void for_graphs_inside(GraphStep& step, Visit visit) {
    if (auto* residual = std::get_if<ResidualStep>(&step)) {
        visit(residual->inside);
        visit(residual->shortcut);
    } else if (auto* branches = std::get_if<BranchesStep>(&step)) {
        std::ranges::for_each(branches->branches, visit);
    }
}

// Fuses ReLUs into the preceding step and enlargements into the following convolution.
Graph fused(const Graph& graph) {
    Graph result;
    for (auto step : graph) {
        for_graphs_inside(step, [](Graph& inside) { inside = fused(inside); });
        if (!result.empty()) {
            auto* before = &result.back();
            auto* relu = std::get_if<ReluStep>(&step);
            if (auto* convolution = std::get_if<ConvolutionStep>(before); relu && convolution) {
                convolution->relu = true;
                continue;
            }
            if (auto* norm = std::get_if<NormStep>(before); relu && norm) {
                norm->relu = true;
                continue;
            }
            const auto* up = std::get_if<UpsamplingStep>(before);
            if (auto* convolution = std::get_if<ConvolutionStep>(&step);
                up && up->size == 2 && !up->smooth && convolution && convolution->size == 3 &&
                convolution->stride == 1 && convolution->groups == 1 &&
                convolution->border != Border::zeros && convolution->border != Border::none) {
                convolution->enlarges = true;
                result.pop_back();
            }
        }
        result.push_back(std::move(step));
    }
    return result;
}

// A norm with fixed statistics is a factor and an offset per channel.
Graph folded(const Graph& graph, const NormStatistics& statistics, std::size_t& next) {
    Graph result;
    for (auto step : graph) {
        for_graphs_inside(step, [&](Graph& inside) { inside = folded(inside, statistics, next); });
        if (const auto* norm = std::get_if<NormStep>(&step)) {
            const auto& measured = statistics.norms.at(next++);
            const auto mean = measured.mean.to(norm->weight.device()),
                       variance = measured.variance.to(norm->weight.device());
            const auto factor = norm->weight * (variance + norm_epsilon).rsqrt();
            const auto offset = norm->bias - mean * factor;
            auto* before = result.empty() ? nullptr : std::get_if<ConvolutionStep>(&result.back());
            if (before && !before->relu) {
                before->weight = before->weight * factor.view({-1, 1, 1, 1});
                before->bias = before->bias * factor + offset;
                continue;
            }
            // Rare, so an ordinary 1 x 1 convolution will do.
            step = ConvolutionStep{.name = norm->name,
                                   .size = 1,
                                   .weight = torch::diag(factor).view({factor.size(0), factor.size(0), 1, 1}),
                                   .bias = offset};
        }
        result.push_back(std::move(step));
    }
    return result;
}

} // namespace

Chain Chain::read(const Weights& weights, const nlohmann::json& graph, std::int64_t channels_in) {
    Chain chain;
    chain.graph_ = read_graph(weights, graph, channels_in);
    chain.layers_ = Sequence(chain.graph_, {.outline = true});
    chain.channels_in_ = channels_in;
    const auto fits = [&](std::int64_t side) { return chain.layers_.divides(side); };
    while (!fits(chain.multiple_))
        if (++chain.multiple_ > largest_multiple)
            weights.refuse("its strides divide no size of a picture evenly");
    return chain;
}

Chain Chain::with_norms(const NormStatistics& statistics) const {
    auto other = *this;
    std::size_t next = 0;
    other.graph_ = folded(graph_, statistics, next);
    other.layers_ = Sequence(other.graph_, {.outline = true});
    return other;
}

Chain Chain::adapted(torch::Device device, torch::ScalarType type, End end) const {
    const torch::NoGradGuard no_grad;
    auto other = *this;
    other.device_ = device;
    other.layers_ = Sequence(fused(graph_), {.device = device, .type = type}, end == End::exact);
    return other;
}

torch::Tensor Chain::run(torch::Tensor in, const std::stop_token& stop, NormStatistics* measured) const {
    const torch::NoGradGuard no_grad;
    if (measured)
        measured->norms.clear();
    in = in.to(device_);
    return layers_.forward(std::move(in), {stop, measured});
}

Shape Chain::smallest() const {
    return {double(channels_in_), double(multiple_), double(multiple_)};
}

std::int64_t Chain::channels_out() const {
    return std::int64_t(layers_.out(smallest()).channels);
}

double Chain::enlargement() const {
    return layers_.out(smallest()).height / multiple_;
}

int Chain::smallest_side() const {
    const int least = int(layers_.least_side(1));
    return (least + multiple_ - 1) / multiple_ * multiple_;
}

double Chain::operations() const {
    return layers_.cost(smallest()).operations / (double(multiple_) * multiple_);
}

double Chain::widest() const {
    return layers_.cost(smallest()).widest / (double(multiple_) * multiple_);
}

} // namespace neural_style
