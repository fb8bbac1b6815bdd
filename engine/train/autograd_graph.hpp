// SPDX-License-Identifier: GPL-3.0-or-later
/// Runs a graph with trainable parameters, recorded by autograd.
///
///     const Graph graph{convolution("a", true), UpsamplingStep{2}};
///     torch::Tensor painting = run(graph, parameters, photo);
///
/// The engine's own layers are faster, but have no gradients with respect to weights.
#pragma once

#include "graph.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <torch/types.h>

namespace neural_style {

/// Parameters by name: float32 on the training's device unless stated otherwise.
using Tensors = std::map<std::string, torch::Tensor>;

/// A convolution of a graph under construction, with a mirrored border.
ConvolutionStep convolution(std::string name, bool relu, int size = 3, int stride = 1);
/// The same with its output, after the ReLU, named `tap`.
ConvolutionStep tapped(std::string name, std::string tap);

/// The graph's tensors, by name.
Tensors parameters_of(const Graph& graph);

/// Called after each step with a tap. Its result goes on through the network.
using AtTap = std::function<torch::Tensor(const std::string& tap, torch::Tensor features)>;

/// Runs [batch, channels, height, width] through the steps, in the type of `in`, which is also that of the
/// parameters.
torch::Tensor run(const Graph& graph, const Tensors& parameters, torch::Tensor in, const AtTap& at_tap = {});

/// The same parameters in another type; gradients flow back to the originals.
Tensors converted(const Tensors& parameters, torch::ScalarType type);

/// `in` with `margin` mirrored positions on each side. Ten times faster to differentiate than LibTorch's own.
torch::Tensor reflected(const torch::Tensor& in, int margin);

/// Initialises a convolution that a ReLU follows (He et al. 2015), or that none follows (Glorot and Bengio
/// 2010 with fan-in only); biases are zero.
void initialize(Tensors& parameters, const std::string& name, std::int64_t out, std::int64_t in, int size,
                bool relu, std::uint64_t seed);

} // namespace neural_style
