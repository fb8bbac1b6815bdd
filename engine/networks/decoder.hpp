// SPDX-License-Identifier: GPL-3.0-or-later
/// The way back from a feature network's taps to a picture: one chain of blocks, each from a tap to the next
/// shallower one, the last to the picture. A picture can be decoded from any tap, and features can be changed
/// at every tap on the way (as in PhotoWCT2, Chiu and Gurari 2022).
///
///     Decoder decoder(Weights::read(file), network);
///     for (const auto& block : decoder.blocks())      // deepest first
///         features = block.chain.run(features, stop);
///
/// File: see network_formats.hpp.
#pragma once

#include "chain.hpp"
#include "feature_network.hpp"

#include <torch/types.h>
#include <vector>

namespace neural_style {

class Decoder {
  public:
    struct Block {
        int from = 0; ///< layer of the feature network
        int to = 0;   ///< layer; that of the picture is `picture`
        Chain chain;
    };
    static constexpr int picture = -1;

    /// Errors: Failure(bad_weights), also where the file was made for another network than `encoder`.
    Decoder(const Weights& weights, const FeatureNetwork& encoder);

    /// The picture is float32, whatever the type.
    Decoder adapted(torch::Device device, torch::ScalarType type) const;

    const std::vector<Block>& blocks() const { return blocks_; }

  private:
    std::vector<Block> blocks_;
};

} // namespace neural_style
