// SPDX-License-Identifier: GPL-3.0-or-later
#include "sequence.hpp"

#include "guarded.hpp"

#include <algorithm>
#include <ranges>
#include <utility>
#include <variant>

namespace neural_style {

Sequence::Sequence(const Graph& graph, const LayerPlace& place, bool exact_end) : exact_end_(exact_end) {
    for (std::size_t i = 0; i < graph.size(); ++i) {
        auto here = place;
        here.first = i == 0;
        if (exact_end && i + 1 == graph.size())
            here.type = torch::kFloat32;
        layers_.push_back(std::visit([&](const auto& step) { return layer_of(step, here); },
                                     static_cast<const GraphStep::variant&>(graph[i])));
    }
}

torch::Tensor Sequence::forward(torch::Tensor in, const LayerPass& pass) const {
    for (const auto& layer : layers_) {
        stop_if_asked(pass.stop);
        if (exact_end_ && &layer == &layers_.back())
            in = in.to(torch::kFloat32);
        in = layer->forward(std::move(in), pass);
    }
    return in;
}

torch::Tensor Sequence::backward(const torch::Tensor& in, torch::Tensor gradient) const {
    std::vector<torch::Tensor> outputs;
    auto features = in;
    for (const auto& layer : layers_)
        outputs.push_back(features = layer->forward(features, {std::stop_token()}));
    for (std::size_t i = outputs.size(); i-- > 0;)
        gradient = layers_[i]->backward(i > 0 ? outputs[i - 1] : in, std::exchange(outputs[i], {}),
                                        std::move(gradient));
    return gradient;
}

bool Sequence::has_backward() const {
    return std::ranges::all_of(layers_, [](const auto& layer) { return layer->has_backward(); });
}

Shape Sequence::out(Shape in) const {
    for (const auto& layer : layers_)
        in = layer->out(in);
    return in;
}

int Sequence::stride() const {
    int stride = 1;
    for (const auto& layer : layers_)
        stride *= layer->stride();
    return stride;
}

int Sequence::around(int behind) const {
    for (const auto& layer : layers_ | std::views::reverse)
        behind = layer->around(behind);
    return behind;
}

std::int64_t Sequence::least_side(std::int64_t behind) const {
    for (const auto& layer : layers_ | std::views::reverse)
        behind = layer->least_side(behind);
    return behind;
}

bool Sequence::divides(std::int64_t& length) const {
    return std::ranges::all_of(layers_, [&](const auto& layer) { return layer->divides(length); });
}

LayerCost Sequence::cost(Shape in) const {
    LayerCost sum;
    for (const auto& layer : layers_) {
        const auto own = layer->cost(in);
        sum.operations += own.operations;
        sum.widest = std::max(sum.widest, own.widest);
        sum.transient = std::max(sum.transient, own.transient);
        in = layer->out(in);
    }
    return sum;
}

double Sequence::kept(Shape in) const {
    double values = 0;
    for (const auto& layer : layers_) {
        in = layer->out(in);
        values += in.values();
    }
    return values;
}

bool Sequence::has_norms() const {
    return std::ranges::any_of(layers_, [](const auto& layer) { return layer->has_norms(); });
}

} // namespace neural_style
