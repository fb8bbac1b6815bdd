// SPDX-License-Identifier: GPL-3.0-or-later
/// A feature network for autograd: a frozen one as target and judge, or the description of the student.
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
    /// As in the file, float32, without the layer that prepares the picture.
    const Tensors& parameters() const { return parameters_; }
    /// Layers of interest: the taps, or all if there are none.
    const std::vector<std::string>& taps() const { return taps_; }

    /// Input of the first convolution for [batch, 3, height, width], sRGB 0..1, in the type of the features.
    torch::Tensor prepared(const torch::Tensor& pictures) const;
    /// Every tap's features, float32, differentiable with respect to the pictures if these require it.
    Tensors features(const torch::Tensor& pictures) const;

  private:
    Graph graph_;
    Tensors parameters_, computed_; // as stored; in the type and on the device in use
    NetworkInput input_;
    torch::Tensor mix_; // [3, 3, 1, 1], applied before input_; undefined: none
    std::vector<std::string> taps_;
    torch::ScalarType type_;
};

} // namespace neural_style
