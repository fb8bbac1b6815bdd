// SPDX-License-Identifier: GPL-3.0-or-later
/// A network as data: a list of steps, as network files describe it (network_formats.hpp).
///
///     const Graph graph = read_graph(weights, json, 3);
///     const Sequence layers(graph, {.device = torch::kCPU, .type = torch::kBFloat16});
///
/// Everything that a file may say, and every limit, is decided here; sequence.hpp runs the steps. A new kind
/// of step is a type in `GraphStep`, its JSON in graph.cpp, and a layer.
#pragma once

#include "convolution.hpp"
#include "weights.hpp"

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <torch/types.h>
#include <utility>
#include <variant>
#include <vector>

namespace neural_style {

struct GraphStep;
using Graph = std::vector<GraphStep>;

/// {"conv": NAME, "size": 3, "stride": 1, "padding": "reflect", "relu": true or what its output is called}
struct ConvolutionStep {
    std::string name;  ///< of its tensors: NAME.weight [out, in, size, size] and NAME.bias [out]
    std::string tap{}; ///< what its output is called; empty: nothing
    bool relu = false;
    int size = 3; ///< side of the kernel, odd; half of it is padded on each side
    int stride = 1;
    Border border = Border::zeros;
    /// Each position becomes 2 x 2 before the convolution. Never in a file: two steps that are run as one.
    bool enlarges = false;
    torch::Tensor weight{}, bias{};
};

/// {"pool": "average" or "max", "size": 2}: of 2 x 2 positions
struct PoolingStep {
    bool maximum = false;
};

/// {"up": "nearest" or "bilinear", "size": 2}: each position becomes size x size
struct UpsamplingStep {
    int size = 2;
    bool smooth = false; ///< bilinear: they go over into each other
};

/// {"norm": NAME}: instance norm, then times NAME.weight [channels] plus NAME.bias [channels]
struct NormStep {
    std::string name;
    bool relu = false; ///< behind it. Never in a file, as above
    torch::Tensor weight{}, bias{};
};

/// {"relu": true or what its output is called}
struct ReluStep {
    std::string tap{};
};

/// {"residual": [steps]}: what the steps give, added to what they were given
struct ResidualStep {
    Graph inside;
};

struct GraphStep
    : std::variant<ConvolutionStep, PoolingStep, UpsamplingStep, NormStep, ReluStep, ResidualStep> {
    using variant::variant;
};

/// The word that files have for the step: "conv", "pool" ...
std::string_view word_of(const GraphStep& step);
/// What the step's output is called; empty: nothing.
std::string tap_of(const GraphStep& step);

/// The steps with their tensors, for an input of `channels`. Errors: Failure(bad_weights) that names the file
/// and what is wrong in it.
Graph read_graph(const Weights& weights, const nlohmann::json& json, std::int64_t channels);
/// The same of JSON as the file's metadata hold it.
Graph read_graph(const Weights& weights, const std::string& json, std::int64_t channels);
/// Gives the steps their tensors out of `weights`, within the same limits and with the same errors.
void find_tensors(Graph& graph, const Weights& weights, std::int64_t channels);

/// The text that `read_graph` reads.
std::string graph_text(const Graph& graph);

} // namespace neural_style
