// SPDX-License-Identifier: GPL-3.0-or-later
/// One step of a network with frozen weights: its forward pass, the gradient of its input, its reach and its
/// cost.
///
///     const auto layer = layer_of(step, {.device = torch::kCPU, .type = torch::kBFloat16});
///     auto out = layer->forward(in, {stop});
///
/// A new kind of layer has a file of its own with a `layer_of` for its step of the graph. The defaults here
/// suit layers that keep sizes.
#pragma once

#include "graph.hpp"
#include "instance_norm.hpp"

#include <cstdint>
#include <memory>
#include <stop_token>
#include <torch/types.h>

namespace neural_style {

/// Sizes of features.
struct Shape {
    double channels = 0, height = 0, width = 0;
    double values() const { return channels * height * width; }
};

/// What a layer costs for an input of some shape.
struct LayerCost {
    double operations = 0; ///< multiplications and additions of the forward pass
    double widest = 0;     ///< most values alive at once during the forward pass
    double transient = 0;  ///< most values alive besides the outputs during the backward pass
};

struct LayerPlace {
    torch::Device device = torch::kCPU;
    torch::ScalarType type = torch::kFloat32;
    bool backward = false; ///< also able to go backward
    bool first = false;    ///< its input is shared and must not be modified
    bool outline = false;  ///< computes nothing, only knows its sizes
};

struct LayerPass {
    const std::stop_token& stop;
    NormStatistics* measured = nullptr; ///< receives what norms measure
};

class Layer {
  public:
    Layer() = default;
    Layer(const Layer&) = delete;
    Layer& operator=(const Layer&) = delete;
    virtual ~Layer() = default;

    /// `in` [n, channels, height, width] of the layer's device and type, channels_last, like the result.
    virtual torch::Tensor forward(torch::Tensor in, const LayerPass& pass) const = 0;

    /// Whether it can go backward; feature networks need that.
    virtual bool has_backward() const { return false; }
    /// Whether `backward` uses the values of `in`, and not only its size.
    virtual bool backward_reads_input() const { return true; }
    /// The gradient with respect to `in`, given that with respect to `out` = forward(in), which is modified.
    virtual torch::Tensor backward(const torch::Tensor& in, const torch::Tensor& out,
                                   torch::Tensor gradient) const;

    virtual Shape out(Shape in) const { return in; }
    /// Positions of the input per position of the output, and of the output per position of the input.
    virtual int stride() const { return 1; }
    virtual int enlargement() const { return 1; }
    /// Positions of the input needed around a part of it to compute the output `behind` positions beyond that
    /// part.
    virtual int around(int behind) const { return behind; }
    /// Smallest side of an input that can be mirrored and gives at least `behind` positions.
    virtual std::int64_t least_side(std::int64_t behind) const { return behind; }
    /// Whether the strides divide a side of that length evenly; `length` becomes that of the output.
    virtual bool divides(std::int64_t& length) const;
    virtual LayerCost cost(Shape in) const;
    /// Whether it measures its input.
    virtual bool has_norms() const { return false; }
};

using LayerPointer = std::shared_ptr<const Layer>;

LayerPointer layer_of(const ConvolutionStep& step, const LayerPlace& place);
LayerPointer layer_of(const PoolingStep& step, const LayerPlace& place);
LayerPointer layer_of(const UpsamplingStep& step, const LayerPlace& place);
LayerPointer layer_of(const NormStep& step, const LayerPlace& place);
LayerPointer layer_of(const ReluStep& step, const LayerPlace& place);
LayerPointer layer_of(const ResidualStep& step, const LayerPlace& place);
LayerPointer layer_of(const BranchesStep& step, const LayerPlace& place);
/// An enlargement and the following convolution: see ConvolutionStep::enlarges.
LayerPointer enlarging_layer_of(const ConvolutionStep& step, const LayerPlace& place);

} // namespace neural_style
