// SPDX-License-Identifier: GPL-3.0-or-later
/// One step of a network with frozen weights: what it computes, what goes back to its input, how far it looks
/// and what it costs.
///
///     const auto layer = layer_of(step, {.device = torch::kCPU, .type = torch::kBFloat16});
///     auto out = layer->forward(in, {stop});
///
/// A new kind of layer overrides what it does otherwise than a layer that leaves sizes as they are, in a file
/// of its own, with a `layer_of` for its step of the graph.
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

/// What a layer takes for an input of some shape.
struct LayerCost {
    double operations = 0; ///< multiplications and additions of the forward pass
    double widest = 0;     ///< most values that live at once on the way forward
    double transient = 0;  ///< most values that live beside the outputs on the way back
};

struct LayerPlace {
    torch::Device device = torch::kCPU;
    torch::ScalarType type = torch::kFloat32;
    bool backward = false; ///< ready for the way back as well
    bool first = false;    ///< what it is given is somebody else's, too, and stays as it is
    bool outline = false;  ///< nothing is computed: it only tells its sizes
};

struct LayerPass {
    const std::stop_token& stop;
    NormStatistics* measured = nullptr; ///< told what norms measure
};

class Layer {
  public:
    Layer() = default;
    Layer(const Layer&) = delete;
    Layer& operator=(const Layer&) = delete;
    virtual ~Layer() = default;

    /// `in` [n, channels, height, width] of the layer's device and type, channels_last; as is the result.
    virtual torch::Tensor forward(torch::Tensor in, const LayerPass& pass) const = 0;

    /// Whether there is a way back, as feature networks need it.
    virtual bool has_backward() const { return false; }
    /// Whether `backward` reads `in`, be it only its size.
    virtual bool backward_reads_input() const { return true; }
    /// The gradient at `in`, given that at `out` = forward(in), which is changed.
    virtual torch::Tensor backward(const torch::Tensor& in, const torch::Tensor& out,
                                   torch::Tensor gradient) const;

    virtual Shape out(Shape in) const { return in; }
    /// Positions of the input between two of the output, and of the output between two of the input.
    virtual int stride() const { return 1; }
    virtual int enlargement() const { return 1; }
    /// Positions around some of the input that the output looks at which is needed `behind` positions around
    /// the same part.
    virtual int around(int behind) const { return behind; }
    /// Least side of an input that can be mirrored and gives at least `behind` positions.
    virtual std::int64_t least_side(std::int64_t behind) const { return behind; }
    /// Whether the strides divide a side of that length evenly, which becomes that of the output.
    virtual bool divides(std::int64_t& length) const;
    virtual LayerCost cost(Shape in) const;
    /// Whether it measures what it is given.
    virtual bool has_norms() const { return false; }
};

using LayerPointer = std::shared_ptr<const Layer>;

LayerPointer layer_of(const ConvolutionStep& step, const LayerPlace& place);
LayerPointer layer_of(const PoolingStep& step, const LayerPlace& place);
LayerPointer layer_of(const UpsamplingStep& step, const LayerPlace& place);
LayerPointer layer_of(const NormStep& step, const LayerPlace& place);
LayerPointer layer_of(const ReluStep& step, const LayerPlace& place);
LayerPointer layer_of(const ResidualStep& step, const LayerPlace& place);
/// Of an enlargement and the convolution behind it: see ConvolutionStep::enlarges.
LayerPointer enlarging_layer_of(const ConvolutionStep& step, const LayerPlace& place);

} // namespace neural_style
