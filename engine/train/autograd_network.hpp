// SPDX-License-Identifier: GPL-3.0-or-later
/// A feature network that autograd can see through: a frozen one as target and judge, or the student's
/// description.
///
///     const AutogradNetwork encoder(Weights::read(file), torch::kCPU, torch::kFloat32);
///     auto features = encoder.features(pictures);      // features.at("relu4_2")
#pragma once

#include "autograd_graph.hpp"
#include "network_input.hpp"
#include "weights.hpp"

#include <string>
#include <torch/types.h>
#include <vector>

namespace neural_style {

class AutogradNetwork {
  public:
    /// Reads "neural-style-backbone/1" files, plain files with VGG's names (conv1_1.weight ...; optionally a
    /// 1x1 convolution "input" that prepares the picture), and VGG-16 and VGG-19 as torchvision stores them
    /// (features.0.weight ...); the latter run with reflect padding and average pooling. Errors:
    /// Failure(bad_weights).
    AutogradNetwork(const Weights& weights, torch::Device device, torch::ScalarType type);

    const Graph& graph() const { return graph_; }
    /// Of the file, float32, without what prepares the picture.
    const Tensors& parameters() const { return parameters_; }
    /// Layers that somebody may want: those named as taps, else all.
    const std::vector<std::string>& taps() const { return taps_; }

    /// What the first convolution sees of [batch, 3, height, width], sRGB 0..1, in the type of the features.
    torch::Tensor prepared(const torch::Tensor& pictures) const;
    /// Every tap's features, float32. The pictures' gradient is there when they want one.
    Tensors features(const torch::Tensor& pictures) const;

  private:
    Graph graph_;
    Tensors parameters_, computed_; // as stored; in the type and place that compute
    NetworkInput input_;
    torch::Tensor mix_; // [3, 3, 1, 1] before that; undefined: none
    std::vector<std::string> taps_;
    torch::ScalarType type_;
};

} // namespace neural_style
