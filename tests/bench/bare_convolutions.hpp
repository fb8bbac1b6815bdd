// SPDX-License-Identifier: GPL-3.0-or-later
/// Only the convolutions of one step: the lower limit of a step's time.
///
///     BareConvolutions bare(network, 512, BareConvolutions::Way::prepared);
///     double took = seconds([&] { bare.forward(false); bare.backward(); });
#pragma once

#include "feature_network.hpp"

namespace bench {

class BareConvolutions {
  public:
    /// How LibTorch is called; the fastest way depends on the processor.
    enum class Way {
        contiguous,    ///< conv2d of contiguous tensors, channel by channel
        channels_last, ///< conv2d of channels_last tensors
        prepared,      ///< the same, with weights reordered for oneDNN beforehand
    };

    /// Those of the network up to its deepest tap, with weights and features of the network's type, for a
    /// picture of `side` x `side` pixels.
    BareConvolutions(const neural_style::FeatureNetwork& network, int side, Way way);

    /// Every convolution once, on its input features; with a fused ReLU only if `prepared`.
    void forward(bool relu) const;
    /// The gradients of all inputs: convolutions with the rotated filter. With a `padding` of 2 instead of 1
    /// they include a border of one pixel, as reflect padding needs.
    void backward(int padding = 1) const;

  private:
    struct Layer {
        torch::Tensor in, out;      // features, and a gradient of the output
        torch::Tensor weight, bias; // [out, in, 3, 3]
        torch::Tensor turned;       // [in, out, 3, 3]
    };
    Way way_;
    std::vector<Layer> layers_;
};

} // namespace bench
