// SPDX-License-Identifier: GPL-3.0-or-later
/// The convolutions of one step and nothing else: what no step can be faster than.
///
///     BareConvolutions bare(network, 512, BareConvolutions::Way::prepared);
///     double took = seconds([&] { bare.forward(false); bare.backward(); });
#pragma once

#include "feature_network.hpp"

namespace bench {

class BareConvolutions {
  public:
    /// How LibTorch is asked for them; which is fastest differs between processors.
    enum class Way {
        contiguous,    ///< conv2d of tensors as they come, channel by channel
        channels_last, ///< conv2d with the channels of a pixel side by side
        prepared,      ///< that, with weights that oneDNN has put into its own order beforehand
    };

    /// Those of the network's shape up to its deepest tap, with weights and features of the network's type,
    /// for a picture of `side` x `side` pixels.
    BareConvolutions(const neural_style::FeatureNetwork& network, int side, Way way);

    /// Every convolution once, from the features before it; with the ReLU in it only where it is `prepared`.
    void forward(bool relu) const;
    /// Every gradient to what was before it: a convolution with the turned filter. With a `padding` of 2
    /// instead of 1 the gradient of a border of one pixel comes with it, as reflect padding needs.
    void backward(int padding = 1) const;

  private:
    struct Layer {
        torch::Tensor in, out;      // features, and a gradient of what comes out
        torch::Tensor weight, bias; // [out, in, 3, 3]
        torch::Tensor turned;       // [in, out, 3, 3]
    };
    Way way_;
    std::vector<Layer> layers_;
};

} // namespace bench
