// SPDX-License-Identifier: GPL-3.0-or-later
/// Networks as lists of steps that autograd can follow; engine/networks/network_formats.hpp describes the
/// language.
///
///     Graph graph = parsed_graph(weights.metadata("graph"));
///     torch::Tensor painting = run(graph, parameters, photo);
///
/// The engine's own Backbone is faster, but has no gradients with respect to weights.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// Parameters by name. Float32 on the training's device unless said otherwise.
using Tensors = std::map<std::string, torch::Tensor>;

struct GraphStep {
    enum class Kind { convolution, average_pool, max_pool, norm, relu, upsample, residual };
    Kind kind = Kind::convolution;
    std::string name; ///< of its tensors
    std::string tap;  ///< of a convolution behind its ReLU; empty: none
    bool relu = false;
    int size = 3; ///< side of a convolution's kernel; of pooling and upsampling the factor
    int stride = 1;
    bool smooth = false;           ///< of upsampling: bilinear, not nearest
    std::vector<GraphStep> inside; ///< of a residual step
};
using Graph = std::vector<GraphStep>;

/// Errors: Failure(bad_weights) that says which step is not understood. Padding other than reflect is not.
Graph parsed_graph(std::string_view json);
/// The text that `parsed_graph` reads.
std::string graph_text(const Graph& graph);

/// A convolution of a graph under construction.
GraphStep convolution(std::string name, bool relu, int size = 3, int stride = 1);
GraphStep upsampling(int factor, bool smooth = false);
GraphStep norm(std::string name);
GraphStep relu();
GraphStep residual(Graph inside);

/// Called behind each convolution that has a tap. What it gives back goes on through the network.
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
