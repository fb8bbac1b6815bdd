// SPDX-License-Identifier: GPL-3.0-or-later
/// Layers in sequence.
///
///     const Sequence layers(graph, {.device = torch::kCPU, .type = torch::kBFloat16});
///     auto features = layers.forward(in, {stop});
#pragma once

#include "layer.hpp"

#include <cstdint>
#include <torch/types.h>
#include <vector>

namespace neural_style {

class Sequence {
  public:
    Sequence() = default;
    Sequence(const Graph& graph, const LayerPlace& place, bool exact_end = false);

    const std::vector<LayerPointer>& layers() const { return layers_; }

    /// A stop takes effect between two layers: Failure(cancelled). With an exact end the result is float32.
    torch::Tensor forward(torch::Tensor in, const LayerPass& pass) const;

    /// As for one Layer, for all of them together. The outputs of the layers are computed again.
    torch::Tensor backward(const torch::Tensor& in, torch::Tensor gradient) const;
    bool has_backward() const;
    Shape out(Shape in) const;
    int stride() const;
    int around(int behind) const;
    std::int64_t least_side(std::int64_t behind) const;
    bool divides(std::int64_t& length) const;
    LayerCost cost(Shape in) const;
    bool has_norms() const;
    /// Values of all outputs, as `backward` computes them.
    double kept(Shape in) const;

  private:
    std::vector<LayerPointer> layers_;
    bool exact_end_ = false; // the last layer computes in float32
};

} // namespace neural_style
