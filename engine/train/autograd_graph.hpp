// SPDX-License-Identifier: GPL-3.0-or-later
/// Runs a graph so that autograd can follow, with parameters that learn.
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

/// Parameters by name. Float32 on the training's device unless said otherwise.
using Tensors = std::map<std::string, torch::Tensor>;

/// A convolution of a graph under construction, with a mirrored border.
ConvolutionStep convolution(std::string name, bool relu, int size = 3, int stride = 1);
/// The same whose output is called `tap` behind its ReLU.
ConvolutionStep tapped(std::string name, std::string tap);

/// The tensors that a graph was given, by name.
Tensors parameters_of(const Graph& graph);

/// Called behind each step that has a tap. What it gives back goes on through the network.
using AtTap = std::function<torch::Tensor(const std::string& tap, torch::Tensor features)>;

/// Runs [batch, channels, height, width] through the steps, in the type of `in`; the parameters must be of
/// that type.
torch::Tensor run(const Graph& graph, const Tensors& parameters, torch::Tensor in, const AtTap& at_tap = {});

/// The same parameters in another type; gradients flow back to these.
Tensors converted(const Tensors& parameters, torch::ScalarType type);

/// `in` with `margin` mirrored positions on each side. Its gradient is LibTorch's own in a tenth of the time.
torch::Tensor reflected(const torch::Tensor& in, int margin);

/// Draws weights for a convolution that a ReLU follows (He et al. 2015), or nothing (Glorot and Bengio 2010
/// with the inputs alone); biases are zero.
void initialize(Tensors& parameters, const std::string& name, std::int64_t out, std::int64_t in, int size,
                bool relu, std::uint64_t seed);

} // namespace neural_style
