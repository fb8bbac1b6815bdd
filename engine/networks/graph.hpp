// SPDX-License-Identifier: GPL-3.0-or-later
/// A network as data: a list of steps, as network files describe it (network_formats.hpp).
///
///     const Graph graph = read_graph(weights, json, 3);
///     const Sequence layers(graph, {.device = torch::kCPU, .type = torch::kBFloat16});
///
/// All that a file may contain, and every limit, is decided here; sequence.hpp runs the steps. A new kind of
/// step needs a type in `GraphStep`, its JSON in graph.cpp, and a layer.
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

/// {"conv": NAME, "size": 3, "stride": 1, "groups": 1, "padding": "reflect", "relu": true or the name of its
/// output, "limit": 6}; "tap" names its output where no ReLU follows, and "before" what it is before the ReLU
struct ConvolutionStep {
    std::string name;  ///< of its tensors: NAME.weight [out, in / groups, size, size] and NAME.bias [out]
    std::string tap{}; ///< name of its output; empty: none
    bool relu = false;
    /// Name of what the ReLU sees, which is only there to be tapped where somebody asks for it; empty: none.
    std::string before{};
    double limit = 0; ///< of the ReLU's output (ReLU6: Sandler et al. 2018, section 3); 0: none
    int size = 3;     ///< side of the kernel, odd; padded by size / 2 on each side, if at all
    int stride = 1;
    int groups = 1; ///< of channels that see each other; as many as channels: depthwise
    Border border = Border::zeros;
    /// Each position becomes 2 x 2 before the convolution. Never in a file: two steps run as one.
    bool enlarges = false;
    torch::Tensor weight{}, bias{};
};

/// {"pool": "average" or "max", "size": 2, "padding": 0, "ceil": false}: of size x size positions, one for
/// each 2 x 2
struct PoolingStep {
    bool maximum = false;
    int size = 2;      ///< 2 or 3
    int padding = 0;   ///< positions on each side that count as none; 0 or 1, with size 3
    bool rest = false; ///< in files "ceil": rows and columns left over get a position, too

    /// 2 x 2 positions that nothing overlaps.
    bool is_plain() const { return size == 2 && !rest; }
};

/// {"up": "nearest" or "bilinear", "size": 2}: each position becomes size x size
struct UpsamplingStep {
    int size = 2;
    bool smooth = false; ///< bilinear: interpolated
};

/// {"norm": NAME}: instance norm, then times NAME.weight [channels] plus NAME.bias [channels]
struct NormStep {
    std::string name;
    bool relu = false; ///< after the norm; never in a file, as above
    torch::Tensor weight{}, bias{};
};

/// {"relu": true or the name of its output}
struct ReluStep {
    std::string tap{};
};

/// {"residual": [steps], "shortcut": [steps], "relu": true or the name of its output}: adds the output of the
/// steps to their input, or to what the shortcut makes of it; "tap" as for a convolution
struct ResidualStep {
    Graph inside;
    Graph shortcut; // no default: for that GraphStep would have to be known
    bool relu = false;
    std::string tap{};
};

/// {"branches": [[steps], [steps]], "tap": NAME}: the channels of all outputs, one after the other
struct BranchesStep {
    std::vector<Graph> branches;
    std::string tap{};
};

struct GraphStep : std::variant<ConvolutionStep, PoolingStep, UpsamplingStep, NormStep, ReluStep,
                                ResidualStep, BranchesStep> {
    using variant::variant;
};

/// The step's word in files: "conv", "pool" ...
std::string_view word_of(const GraphStep& step);
/// Name of the step's output; empty: none.
std::string tap_of(const GraphStep& step);

/// The steps with their tensors, for an input of `channels`. Errors: Failure(bad_weights) naming the file and
/// the fault.
Graph read_graph(const Weights& weights, const nlohmann::json& json, std::int64_t channels);
/// The same from JSON text, as stored in the file's metadata.
Graph read_graph(const Weights& weights, const std::string& json, std::int64_t channels);
/// Sets the steps' tensors from `weights`, with the same limits and errors.
void find_tensors(Graph& graph, const Weights& weights, std::int64_t channels);

/// The inverse of `read_graph`.
std::string graph_text(const Graph& graph);

} // namespace neural_style
